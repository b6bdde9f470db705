package guides

import (
	"regexp"
	"sync"

	"github.com/microcosm-cc/bluemonday"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/renderer"
	"github.com/yuin/goldmark/renderer/html"
	"github.com/yuin/goldmark/util"
)

// machinery is goldmark with GFM, its parsers metered, and the
// sanitiser. It is safe for concurrent use.
type machinery struct {
	parser   parser.Parser
	renderer renderer.Renderer
	policy   *bluemonday.Policy
}

// engine is built when first needed, so that it costs nothing at start.
var engine = sync.OnceValue(func() *machinery {
	return &machinery{parser: newParser(), renderer: newRenderer(), policy: newPolicy(nil)}
})

func newParser() parser.Parser {
	return parser.NewParser(
		parser.WithBlockParsers(meteredBlocks(append(parser.DefaultBlockParsers(),
			util.Prioritized(colonDirectives{}, 750),
			util.Prioritized(indentDirectives{}, 751),
			util.Prioritized(moduleLines{}, 752),
			util.Prioritized(templateLines{}, 753),
			util.Prioritized(componentTags{}, 754)))...),
		parser.WithInlineParsers(
			util.Prioritized(extension.NewTaskCheckBoxParser(), 0),
			util.Prioritized(meteredInline{parser.NewCodeSpanParser(), codeSpanCost}, 100),
			util.Prioritized(meteredLink{meteredInline{parser.NewLinkParser(), linkCost}}, 200),
			util.Prioritized(meteredInline{parser.NewAutoLinkParser(), addressCost}, 300),
			util.Prioritized(meteredInline{parser.NewRawHTMLParser(), rawHTMLCost}, 400),
			util.Prioritized(shortRuns{meteredInline{parser.NewEmphasisParser(), delimiterCost}}, 500),
			util.Prioritized(shortRuns{meteredInline{extension.NewStrikethroughParser(), delimiterCost}}, 500),
			util.Prioritized(meteredAddress{meteredInline{extension.NewLinkifyParser(), addressCost}}, 999),
		),
		parser.WithParagraphTransformers(
			util.Prioritized(meteredTransformer{parser.LinkReferenceParagraphTransformer, definitionsCost}, 100),
			util.Prioritized(meteredTransformer{extension.NewTableParagraphTransformer(), tableCost}, 200),
		),
		parser.WithASTTransformers(util.Prioritized(extension.NewTableASTTransformer(), 0)),
	)
}

func newRenderer(options ...html.Option) renderer.Renderer {
	return renderer.NewRenderer(renderer.WithNodeRenderers(
		util.Prioritized(extension.NewTableHTMLRenderer(
			extension.WithTableCellAlignMethod(extension.TableCellAlignAttribute)), 500),
		util.Prioritized(extension.NewStrikethroughHTMLRenderer(), 500),
		util.Prioritized(scrollBoxRenderer{}, 500),
		util.Prioritized(extension.NewTaskCheckBoxHTMLRenderer(), 500),
		util.Prioritized(html.NewRenderer(options...), 1000),
	))
}

const externalRel = "noopener noreferrer nofollow"

// newPolicy allows what the passes leave in the tree, and nothing else. The
// passes explain what they drop; the policy is what safety rests on.
func newPolicy(imageHosts []string) *bluemonday.Policy {
	p := bluemonday.NewPolicy()
	p.AllowElements("p", "br", "hr", "blockquote", "ul", "ol", "li", "pre", "code", "em", "strong", "del",
		"h1", "h2", "h3", "h4", "h5", "h6", "table", "thead", "tbody", "tr", "th", "td")
	p.AllowAttrs("id").Matching(regexp.MustCompile(`^`+anchorPrefix+`[\p{L}\p{M}\p{N}_-]+$`)).
		OnElements("h1", "h2", "h3", "h4", "h5", "h6", "li")
	p.AllowAttrs("class").Matching(regexp.MustCompile(`^callout callout-(?:note|tip|important|warning|caution)$`)).
		OnElements("blockquote")
	p.AllowAttrs("start").Matching(regexp.MustCompile(`^[0-9]{1,9}$`)).OnElements("ol")
	p.AllowAttrs("align").Matching(regexp.MustCompile(`^(?:left|center|right)$`)).OnElements("td", "th")
	p.AllowAttrs("href").Matching(regexp.MustCompile(`^(?:https://[^/\\]|mailto:[^/\\]|#` + anchorPrefix + `)`)).
		OnElements("a")
	p.AllowAttrs("rel").Matching(regexp.MustCompile(`^` + externalRel + `$`)).OnElements("a")
	allowImages(p, imageHosts)
	allowBoxes(p)
	p.AllowURLSchemes("https", "mailto")
	p.AllowRelativeURLs(true) // for #anchors alone: the pattern on href refuses the others
	p.RequireParseableURLs(true)
	return p
}
