package guides

import (
	"strings"
	"sync"
	"unicode"
)

// side says which way of a step's a link is.
type side int

const (
	neither side = iota
	yesSide
	noSide
	nextSide
)

// sideWords are what the links of a step say, by language. A longer text
// counts where it begins with one of them and a comma or the like: "Yes, it
// works". Questions are those that the page asks by itself.
var sideWords = map[string]struct{ yes, no, next, asked string }{
	"en": {"yes|yes it works|yes it does|it works|it works now|it worked|that worked|fixed|fixed it|solved",
		"no|no it does not|no it doesn't|nope|not yet|it does not work|it doesn't work|it did not work|it didn't work|" +
			"that did not work|that didn't work|still not working|still broken",
		"next|next step|continue|go on",
		"did it work|did this work|did that work|did it help|did this help|did that help|does it work|does it work now|" +
			"is it working|is it working now|is it fixed|did this fix it|did that fix it|did this solve the problem|" +
			"did that solve the problem|is the problem solved|problem solved"},
	"de": {"ja|ja es geht|ja es funktioniert|es geht|es geht wieder|es funktioniert|geht wieder|gelöst|behoben",
		"nein|noch nicht|es geht nicht|es geht noch nicht|geht nicht|es funktioniert nicht|funktioniert nicht|immer noch nicht",
		"weiter|nächster schritt|zum nächsten schritt|weitermachen",
		"hat es geklappt|hat das geklappt|hat es geholfen|hat das geholfen|hat es funktioniert|geht es|geht es jetzt|" +
			"funktioniert es|funktioniert es jetzt|ist das problem gelöst|problem gelöst"},
	"fr": {"oui|oui ça marche|ça marche|cela marche|cela fonctionne|ça fonctionne|résolu|c'est réparé",
		"non|pas encore|ça ne marche pas|cela ne marche pas|cela ne fonctionne pas|ça ne fonctionne pas|toujours pas",
		"suivant|étape suivante|continuer|suite",
		"est-ce que ça marche|est-ce que cela marche|ça marche|ça a marché|cela a-t-il fonctionné|cela a-t-il aidé|" +
			"cela fonctionne-t-il|est-ce que cela fonctionne|le problème est-il résolu|problème résolu"},
	"es": {"sí|si|sí funciona|sí ya funciona|ya funciona|funciona|funcionó|resuelto|solucionado",
		"no|todavía no|aún no|no funciona|no funcionó|sigue sin funcionar",
		"siguiente|siguiente paso|continuar|seguir",
		"funcionó|ha funcionado|funciona|funciona ahora|ya funciona|ha servido|sirvió|se ha resuelto|se resolvió|" +
			"se ha solucionado|se solucionó|problema resuelto"},
	"it": {"sì|si|sì funziona|funziona|ha funzionato|risolto",
		"no|non ancora|non funziona|ancora no|non ha funzionato",
		"avanti|passo successivo|continua|prosegui",
		"ha funzionato|funziona|funziona ora|funziona adesso|è servito|il problema è risolto|problema risolto"},
	"nl": {"ja|ja het werkt|het werkt|het werkt weer|opgelost",
		"nee|nog niet|het werkt niet|werkt niet|nog steeds niet",
		"volgende|volgende stap|verder|doorgaan|ga verder",
		"werkt het|werkt het nu|heeft het gewerkt|heeft het geholpen|is het gelukt|is het opgelost|is het probleem opgelost"},
	"pt": {"sim|sim funciona|sim funcionou|funciona|funcionou|resolvido",
		"não|nao|ainda não|não funciona|não funcionou|continua sem funcionar",
		"próximo|próximo passo|seguinte|continuar|avançar",
		"funcionou|funciona|funciona agora|ajudou|resolveu|está resolvido|o problema foi resolvido|problema resolvido"},
	"zh": {"是|是的|好了|可以|可以了|能用了|解决了|已解决|修好了|正常了|有用|對|对|解決了|已解決|正常",
		"否|不是|没有|没好|还没有|还没好|不行|还是不行|不能|没用|没解决|未解决|仍然不行|沒有|還是不行|未解決",
		"下一步|继续|继续下一步|繼續|往下",
		"好了吗|可以了吗|能用了吗|解决了吗|问题解决了吗|有用吗|修好了吗|正常了吗|恢复正常了吗|是否解决|问题是否解决|" +
			"好了嗎|可以了嗎|解決了嗎|問題解決了嗎"},
	"ja": {"はい|はい直りました|直りました|解決しました|動きました|できました",
		"いいえ|いいえ直りません|まだ|直りません|直りませんでした|解決しません|解決しませんでした|動きません",
		"次へ|次に進む|次のステップ|続ける|進む",
		"直りましたか|解決しましたか|動きましたか|うまくいきましたか|できましたか"},
}

// lexicon is the words of all languages as tables. No two languages give a
// word different sides, so a guide's own needs no table for itself.
type lexicon struct {
	sides map[string]side
	asked map[string]bool
}

var sideLexicon = sync.OnceValue(func() lexicon {
	l := lexicon{map[string]side{}, map[string]bool{}}
	for _, words := range sideWords {
		for s, text := range map[side]string{yesSide: words.yes, noSide: words.no, nextSide: words.next} {
			for word := range strings.SplitSeq(text, "|") {
				l.sides[word] = s
			}
		}
		for question := range strings.SplitSeq(words.asked, "|") {
			l.asked[question] = true
		}
	}
	return l
})

// maxSideRunes is the longest text of a link that may be an answer.
const maxSideRunes = 60

// sideOf reads the text of a link.
func sideOf(text string) side {
	if _, long := clip(text, maxSideRunes); long {
		return neither
	}
	sides, whole := sideLexicon().sides, bare(text)
	if s := sides[whole]; s != neither {
		return s
	}
	head, _, _ := strings.Cut(answerBreak.Replace(whole), "\n")
	return sides[bare(head)]
}

// stockQuestion reports whether a text asks no more than whether it worked,
// which the page asks by itself.
func stockQuestion(text string) bool {
	if _, long := clip(text, maxSideRunes); long {
		return false
	}
	return sideLexicon().asked[bare(text)]
}

// answerBreak ends the answer in a longer text.
var answerBreak = strings.NewReplacer(",", "\n", ";", "\n", ":", "\n", "!", "\n", "(", "\n", " - ", "\n",
	"–", "\n", "—", "\n", "，", "\n", "、", "\n", "；", "\n", "。", "\n", "：", "\n", "！", "\n", "（", "\n")

// bare is a text in lower case without what stands around its words, such as
// arrows, quotes and check marks.
func bare(text string) string {
	text = strings.TrimFunc(strings.ToLower(text), func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsMark(r) && !unicode.IsNumber(r)
	})
	return strings.ReplaceAll(text, "’", "'")
}
