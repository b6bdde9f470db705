package guides

import (
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/microcosm-cc/bluemonday"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/util"
)

// maxImagePath bounds the path of a guide's own picture, in bytes.
const maxImagePath = 256

// picture is an image of the markdown.
type picture struct {
	offset int    // in the document
	text   string // as it is written
	alt    string // plain text
	path   string // of the guide's own; "" for one from a host
	image  Image  // what is known of the guide's own
}

// boundImages shows the guide's own pictures and those of allowed hosts: any
// other host would learn who reads the guide. In place of the rest stands
// their alternative text.
func boundImages(c *compilation, _ ast.Node) {
	for _, n := range c.nodes.images {
		p := picture{offset: c.source.bodyStart + max(n.Pos(), 0), text: c.linkSource(n, n.Destination), alt: c.title(n)}
		raw := string(util.ResolveEntityNames(util.ResolveNumericReferences(util.UnescapePunctuations(n.Destination))))
		src, why := c.imageTarget(raw, &p)
		c.pictures = append(c.pictures, p)
		if why != nil {
			why.Severity, why.Text = WARNING, p.text
			c.find(p.offset, *why)
		}
		if src == "" {
			unwrap(n)
			continue
		}
		n.Destination, n.Title = []byte(src), nil
		if p.image.Width > 0 && p.image.Height > 0 {
			n.SetAttributeString("width", []byte(strconv.Itoa(p.image.Width)))
			n.SetAttributeString("height", []byte(strconv.Itoa(p.image.Height)))
		}
		n.SetAttributeString("loading", []byte("lazy"))
	}
}

// imageTarget gives from where browsers are to get an image, or "" where they
// must not; and what the seller should know of it. A path may be one that
// cannot be looked up here: that is no finding.
func (c *compilation) imageTarget(raw string, p *picture) (src string, f *Finding) {
	u, err := url.Parse(raw)
	if err == nil && (u.Scheme != "" || u.Host != "") {
		return c.hostedImage(raw, u)
	}
	name := imagePath(u, err)
	if name == "" {
		return "", &Finding{Rule: "image-path",
			Message: "the picture " + quote(raw) + " is not shown: that is no path beside the guide; its text is shown instead",
			Mend: fmt.Sprintf("put the picture beside the guide and write its path from there, such as images/base.png: "+
				"no / at its start, no .. in it, at most %d bytes", maxImagePath)}
	}
	p.path = name
	if c.options.Image == nil {
		return "", nil
	}
	image, found := c.options.Image(name)
	if !found {
		return "", &Finding{Rule: "image-missing",
			Message: "the guide has no picture " + quote(name) + "; its text is shown instead",
			Mend:    "upload the picture under this path (`fixfirst guide push` does it for files beside the guide), or mend the path"}
	}
	p.image = image
	return image.URI, nil
}

// imagePath gives the path of a guide's own picture: percent signs decoded,
// without ./ and what follows ? or #; "" if it is none.
func imagePath(u *url.URL, err error) string {
	if err != nil || strings.HasPrefix(u.Path, "/") || strings.ContainsAny(u.Path, `\:`) ||
		strings.ContainsFunc(u.Path, unicode.IsControl) {
		return ""
	}
	names := slices.DeleteFunc(strings.Split(u.Path, "/"), func(name string) bool { return name == "" || name == "." })
	path := strings.Join(names, "/")
	if len(path) > maxImagePath || slices.Contains(names, "..") {
		return ""
	}
	return path
}

// hostedImage allows https from the hosts that the seller's settings name.
func (c *compilation) hostedImage(raw string, u *url.URL) (src string, f *Finding) {
	host := strings.ToLower(u.Host)
	switch {
	case u.Scheme == "https" && u.User == nil && slices.Contains(c.options.ImageHosts, host):
		u.Host = host
		c.hosted = true
		return u.String(), nil
	case u.Host == "":
		return "", &Finding{Rule: "image-host",
			Message: fmt.Sprintf("a picture by %s: is not allowed; its text is shown instead", quote(u.Scheme)),
			Mend:    "put the picture beside the guide and write its path, such as images/base.png"}
	}
	return "", &Finding{Rule: "image-host",
		Message: "image host not allowed: " + quote(raw) + "; its text is shown instead",
		Mend:    "put the picture beside the guide and write its path, such as images/base.png, or have its host allowed (https only)"}
}

// images lists the paths of the guide's own pictures, each once.
func (c *compilation) images() []string {
	var paths []string
	seen := map[string]bool{}
	for _, p := range c.pictures {
		if p.path != "" && !seen[p.path] {
			seen[p.path] = true
			paths = append(paths, p.path)
		}
	}
	return paths
}

// ownImage is what the address of a guide's own picture looks like.
const ownImage = `/assets/[a-z0-9]+\.(?:png|jpg|gif|webp)`

var wholeNumber = regexp.MustCompile(`^[1-9][0-9]{0,4}$`)

// allowImages lets pictures of the guide's own through the sanitiser, and those
// of hosts.
func allowImages(p *bluemonday.Policy, hosts []string) {
	src := `^(?:` + ownImage
	for _, host := range hosts {
		src += `|https://` + regexp.QuoteMeta(host) + `(?:[/?#].*)?`
	}
	p.AllowAttrs("src").Matching(regexp.MustCompile(src + `)$`)).OnElements("img")
	p.AllowAttrs("width", "height").Matching(wholeNumber).OnElements("img")
	p.AllowAttrs("loading").Matching(lazy).OnElements("img")
	p.AllowAttrs("alt").OnElements("img")
}

var lazy = regexp.MustCompile(`^lazy$`)

// sanitiser gives the policy for this guide. A policy of its own is made only
// where a picture of a host is to be shown, which is rare: the common one lets
// none through.
func (c *compilation) sanitiser() *bluemonday.Policy {
	if !c.hosted {
		return engine().policy
	}
	if c.policy == nil {
		c.policy = newPolicy(c.options.ImageHosts)
	}
	return c.policy
}
