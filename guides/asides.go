package guides

import (
	"slices"
	"strings"
	"unicode"
)

// Headings of sections that are no step, as foreign pages write them: folded
// as heading words are (see foldHeading). Chinese ones in both scripts.
var asides = setOf(`
	overview|high-level overview|introduction|intro|about|background|contents|table of contents|toc
	on this page|in this article|in this guide|what is this
	before you begin|before you start|before starting|prerequisites|prerequisite|requirements
	system requirements|minimum system requirements|minimum requirements|hardware requirements|software requirements|what you need|what you'll need
	what you will need|you will need|you'll need|things you need|what is needed|tools|tools needed
	tools required|required tools|materials|required materials
	see also|further reading|read more|learn more|more information|additional information|related|links
	useful links|related links|external links|external references|references|reference|resources|more resources|additional resources
	further resources|next steps|next step|what's next|what next|where to go next
	still need help|need help|need more help|if you need help|getting help|get help|contact|contact us|contact support
	support|feedback|comments|changelog|change log|release notes|revision history|version history
	licence|license|licensing|credits|acknowledgements|acknowledgments|disclaimer
	copyright|glossary|appendix

	überblick|übersicht|einleitung|einführung|inhalt|inhaltsverzeichnis|hintergrund|auf dieser seite|in diesem artikel
	bevor sie beginnen|bevor du beginnst|bevor sie anfangen|bevor du anfängst|bevor es losgeht|voraussetzungen|voraussetzung
	anforderungen|systemvoraussetzungen|systemanforderungen|was sie brauchen|was du brauchst|was sie benötigen
	was du benötigst|das brauchen sie|das brauchst du|benötigtes werkzeug|werkzeug|werkzeuge|material
	siehe auch|weiterführendes|weiterführende links|weiterführende informationen|weitere informationen|mehr dazu
	mehr erfahren|verwandte artikel|verwandte themen|verweise|referenzen|quellen|ressourcen|nächste schritte
	wie geht es weiter|brauchen sie noch hilfe|brauchst du noch hilfe|noch hilfe nötig|benötigen sie noch hilfe|weitere hilfe|hilfe erhalten
	kontakt|kundendienst|änderungsverlauf|änderungsprotokoll|versionsverlauf|lizenz|haftungsausschluss|impressum

	aperçu|vue d'ensemble|présentation|à propos|sommaire|table des matières|contenu|contexte|sur cette page|dans cet article
	avant de commencer|prérequis|pré-requis|conditions préalables|configuration requise|ce dont vous avez besoin
	ce qu'il vous faut|il vous faut|outils|outils nécessaires|matériel|matériel nécessaire
	voir aussi|voir également|pour aller plus loin|en savoir plus|plus d'informations|lectures complémentaires|articles connexes|articles associés
	liens|liens utiles|références|ressources|étapes suivantes|prochaines étapes|et ensuite
	besoin d'aide|encore besoin d'aide|besoin d'aide supplémentaire|obtenir de l'aide|contactez-nous|nous contacter|contacter le support|assistance
	journal des modifications|historique des versions|licence|remerciements|avertissement légal

	resumen|visión general|descripción general|introducción|acerca de|contenido|índice|tabla de contenidos|en esta página|en este artículo
	antes de empezar|antes de comenzar|requisitos|requisitos previos|prerrequisitos|requisitos del sistema
	lo que necesitas|lo que necesita|qué necesitas|qué necesita|necesitarás|herramientas|herramientas necesarias|materiales
	véase también|ver también|consulte también|lecturas adicionales|más información|para saber más|artículos relacionados|temas relacionados|enlaces
	enlaces útiles|enlaces relacionados|referencias|recursos|próximos pasos|pasos siguientes|siguientes pasos
	todavía necesitas ayuda|todavía necesita ayuda|aún necesitas ayuda|aún necesita ayuda|necesitas ayuda|necesita ayuda|obtener ayuda|contacto|contáctenos
	contáctanos|soporte|registro de cambios|historial de cambios|historial de versiones|licencia|créditos|aviso legal

	概述|概览|概要|简介|介绍|引言|前言|背景|关于|关于本文|关于本指南|目录|本页内容|本文内容
	开始之前|在开始之前|准备开始之前|前提|前提条件|使用前提|先决条件|必备条件|前置条件|必要条件|要求|系统要求|硬件要求|软件要求|最低系统要求|所需工具|所需材料|需要准备|你需要什么|您需要什么
	另请参阅|请参阅|另见|参见|参阅|参考|参考资料|参考文档|参考链接|外部引用|相关|相关内容|相关文章|相关链接|相关资源|相关文档|扩展阅读|延伸阅读|进一步阅读|了解更多|更多信息
	资源|更多资源|资源汇总|后续步骤|下一步|接下来|仍需帮助|还需要帮助|需要帮助|获取帮助|联系我们|联系客服|联系支持|反馈|更新日志|更新记录|变更日志|变更记录|修订历史|版本历史|许可|许可证|免责声明|致谢
	概觀|簡介|介紹|目錄|開始之前|先決條件|必要條件|系統需求|另請參閱|參考資料|相關連結|相關文章|延伸閱讀|更多資訊|資源|後續步驟|還需要協助|需要協助|聯絡我們|更新日誌|變更記錄|授權|免責聲明
`)

// Openings of such headings, of which the rest may be anything.
var asideOpenings = []string{
	"about this ", "overview of ", "introduction to ", "before testing", "before you begin", "before you start", "what you need", "what you'll need", "what you will need",
	"still need help", "need more help", "if you need help", "contact us", "contact support", "related articles", "related pages", "related topics", "related guides", "related documentation",
	"über diese", "bevor sie beginnen", "bevor du beginnst", "brauchen sie noch", "brauchst du noch",
	"à propos de ce", "avant de commencer", "besoin d'aide", "encore besoin d'aide",
	"acerca de est", "antes de empezar", "antes de comenzar", "todavía necesita", "aún necesita",
	"关于本", "还需要帮助", "仍需帮助",
}

// Ends of such headings, as in "Board overview".
var asideEnds = []string{" overview", " introduction", "总览", "概述", "概览", "简介", "簡介", "概觀"}

// isAside tells by its words a heading that is no step.
func isAside(title string) bool {
	folded := foldHeading(title)
	if folded == "" {
		return false
	}
	return asides[folded] ||
		slices.ContainsFunc(asideOpenings, func(opening string) bool {
			return opening[0] == folded[0] && strings.HasPrefix(folded, opening)
		}) ||
		slices.ContainsFunc(asideEnds, func(end string) bool {
			return end[len(end)-1] == folded[len(folded)-1] && strings.HasSuffix(folded, end)
		})
}

// aftercare is for those whom the steps did not help: beside counted steps it is no step.
var aftercare = setOf(`
	troubleshooting|troubleshooting tips|troubleshooting guide|faq|faqs|frequently asked questions|questions and answers|q&a
	known issues|known problems|common issues|common problems
	fehlerbehebung|fehlersuche|problembehandlung|problemlösung|problembehebung|störungsbehebung|häufige fragen|häufig gestellte fragen
	fragen und antworten|bekannte probleme|bekannte fehler|häufige probleme
	dépannage|résolution des problèmes|résolution de problèmes|foire aux questions|questions fréquentes|questions fréquemment posées
	problèmes connus|problèmes courants|problèmes fréquents
	solución de problemas|resolución de problemas|preguntas frecuentes|preguntas más frecuentes|problemas conocidos|problemas comunes
	problemas frecuentes
	故障排除|故障排查|故障处理|疑难解答|疑难排解|问题排查|常见问题|常见问题解答|常见问题与解答|常见问答|常见故障|已知问题
	故障處理|疑難排解|疑難解答|常見問題|常見問題解答|已知問題
`)

func isAftercare(title string) bool { return aftercare[foldHeading(title)] }

// preparations are those of the asides that may hold things to do.
var preparations = setOf(`
	before you begin|before you start|before starting|prerequisites|prerequisite
	bevor sie beginnen|bevor du beginnst|bevor sie anfangen|bevor du anfängst|voraussetzungen
	avant de commencer|prérequis|pré-requis|antes de empezar|antes de comenzar|requisitos previos|prerrequisitos
	开始之前|在开始之前|前提|前提条件|使用前提|先决条件|必备条件|前置条件|必要条件|開始之前|先決條件
`)

func prepares(title string) bool { return preparations[foldHeading(title)] }

// foldHeading gives a heading in lower case, with plain apostrophes and single
// spaces, without what stands before its first letter and after its last
// letter or digit.
func foldHeading(title string) string {
	folded := strings.ToLower(strings.ReplaceAll(title, "’", "'"))
	folded = strings.TrimLeftFunc(folded, func(r rune) bool { return !unicode.IsLetter(r) })
	folded = strings.TrimRightFunc(folded, func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsMark(r) && !unicode.IsNumber(r)
	})
	return singleSpaced(folded)
}

// singleSpaced gives a text with one space between words. Most texts are so already.
func singleSpaced(text string) string {
	before := ' '
	for _, r := range text {
		if unicode.IsSpace(r) && (r != ' ' || before == ' ') {
			return strings.Join(strings.Fields(text), " ")
		}
		before = r
	}
	return strings.TrimSuffix(text, " ")
}

// setOf gives the words of a list that is divided by | and line ends.
func setOf(words string) map[string]bool {
	set := map[string]bool{}
	for word := range strings.FieldsFuncSeq(words, func(r rune) bool { return r == '|' || r == '\n' }) {
		if word = strings.TrimSpace(word); word != "" {
			set[word] = true
		}
	}
	return set
}
