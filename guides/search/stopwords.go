package search

import (
	"strings"
	"sync"
)

// The function words of each language: articles, pronouns, prepositions, conjunctions, auxiliaries and the words by
// which one asks. Words that tell one trouble from another stay out of the lists: not, no, on, off, up, down and the
// like in every language.
var (
	englishStop = stopWords(foldAccents, `
a an the this that these those some any each every both either such same own other another
i me my mine myself we us our ours ourselves you your yours yourself yourselves he him his himself she her hers herself
it its itself they them their theirs themselves one ones someone something anyone anything there here
am is are was were be been being have has had having do does did doing done will would shall should can could may might
must ought get gets got getting
of at by for with about against between into through during before after above below to from in under again further
then once as until while because than if or and but so nor too very just also only own s t d ll m re ve
who whom whose which what when where why how whether
im ive id youre youve hes shes its were theyre ive thats theres whats hows isnt arent wasnt
i'm i've i'd i'll you're you've you'd you'll he's she's it's we're we've we'd we'll they're they've they'd they'll
that's there's what's how's where's who's here's let's please thanks thank hello hi`)

	germanStop = stopWords(foldGerman, `
der die das den dem des ein eine einer einem einen eines dieser diese dieses diesem diesen jener jene jenes jenem jenen
jeder jede jedes jedem jeden mancher manche manches solcher solche solches welcher welche welches welchem welchen
ich mich mir mein meine meiner meinem meinen meines du dich dir dein deine deiner deinem deinen deines er ihn ihm sein
seine seiner seinem seinen seines sie ihr ihre ihrer ihrem ihren ihres es wir uns unser unsere unserer unserem unseren
euch euer eure eurer eurem euren man sich selbst etwas
bin bist ist sind seid war warst waren wart gewesen habe hast hat haben habt hatte hatten gehabt werde wirst wird werden
werdet wurde wurden worden kann kannst können könnt konnte konnten könnte könnten muss musst müssen musste müssten soll
sollst sollen sollte sollten will willst wollen wollte darf dürfen mag mögen möchte würde würden
und oder aber denn weil wenn als ob dass so wie wo was wer wen wem wann warum wieso weshalb womit wofür wohin woher
zu zum zur von vom mit bei beim für durch gegen um in im ins an am nach vor über unter zwischen seit bis während
auch noch schon nur sehr hier da dann dort doch damit dazu dabei daran darauf darin davon sonst bitte danke hallo`)

	frenchStop = stopWords(foldAccents, `
le la les l un une des du de d au aux ce cet cette ces mon ma mes ton ta tes son sa ses notre nos votre vos leur leurs
je j me m moi tu te t toi il elle on nous vous ils elles se s soi lui y en ça cela ceci celui celle ceux celles
qui que qu quoi dont où quel quelle quels quelles lequel laquelle comment pourquoi quand combien est-ce
suis es est sommes êtes sont étais était étions étiez étaient été être serai sera seront serait ai as a avons avez ont
avais avait avions aviez avaient eu avoir aurai aura auront aurait fait faire fais font
peux peut pouvez peuvent pouvoir dois doit devez doivent veux veut voulez
et ou mais donc or ni car si comme parce puisque lorsque
à dans par pour sur avec chez vers entre pendant depuis avant après
c n aussi très bien tout tous toute toutes même ici là alors puis merci bonjour svp`)

	spanishStop = stopWords(foldSpanish, `
el la los las lo un una unos unas al del este esta esto estos estas ese esa eso esos esas aquel aquella aquello
yo me mi mis mí tú te ti tu tus él ella ello nos nosotros vosotros os ellos ellas le les se su sus usted ustedes nuestro
nuestra nuestros nuestras
que qué quien quién quienes cual cuál cuales cuáles cómo como cuando cuándo donde dónde cuanto cuánto por porque
soy eres es somos sois son era eras eran fue fueron ser sido siendo estoy estás está estamos están estaba estaban estar
he has ha hemos han había habían haber hay tengo tiene tienes tienen tener puedo puede puedes pueden poder debo debe
debes deben hago hace hacer quiero
y e o u pero sino si pues aunque mientras
de a ante bajo con contra desde durante en entre hacia hasta para según tras
también muy más ya aquí ahí allí así todo toda todos todas algo otro otra gracias hola favor`)

	italianStop = stopWords(foldAccents, `
il lo la i gli le l un uno una del dello della dei degli delle dell al allo alla ai agli alle all dal dallo dalla dai
dagli dalle dall nel nello nella nei negli nelle nell sul sullo sulla sui sugli sulle sull col coi
questo questa questi queste quello quella quelli quelle quel
io mi me mio mia miei mie tu ti te tuo tua tuoi tue lui lei egli ella ci noi nostro nostra nostri nostre vi voi vostro
vostra vostri vostre loro si suo sua suoi sue ne li
che chi cui quale quali come quando dove perché cosa quanto quanta
sono sei è siamo siete era erano essere stato stata stati state sia ho hai ha abbiamo avete hanno aveva avevano avere
avuto faccio fa fare posso puoi può possono potere devo devi deve devono voglio
e ed o ma se anche però quindi poiché mentre
di a da in con per tra fra
più molto già qui qua lì là così tutto tutta tutti tutte altro altra grazie ciao salve`)

	portugueseStop = stopWords(foldAccents, `
o a os as um uma uns umas do da dos das no na nos nas ao aos à às pelo pela pelos pelas num numa este esta isto estes
estas esse essa isso esses essas aquele aquela aquilo
eu me mim meu minha meus minhas tu te ti teu tua teus tuas ele ela lhe lhes se si seu sua seus suas nós vós vocês você
eles elas nosso nossa nossos nossas
que quem qual quais como quando onde porque porquê quanto quanta
sou és é somos são era eram foi foram ser sido estou está estamos estão estava estavam estar tenho tem temos têm tinha
ter há havia haver posso pode podem poder devo deve devem faço faz fazer quero
e ou mas se pois embora enquanto
de em com por para sob sobre entre até desde durante após
também muito mais já aqui aí ali lá assim tudo todo toda todos todas algo outro outra obrigado olá favor`)

	dutchStop = stopWords(foldAccents, `
de het een 't 'n deze die dit dat zulke elke elk ieder iedere
ik me mij mijn jij je jou jouw u uw hij hem zijn zij ze haar wij we ons onze jullie hun hen men zich zelf iets
wie wat welke welk waar wanneer waarom hoe waarmee waarvoor
ben bent is was waren geweest heb hebt heeft hebben had hadden gehad word wordt worden werd werden geworden
kan kun kunt kunnen kon konden zal zult zullen zou zouden moet moeten moest mag mogen wil wilt willen doe doet doen
en of maar want als dan dus omdat terwijl
van in te bij voor met door tegen naar om tot over onder tussen tijdens
ook nog al zeer hier daar er toch zo heel alle alles ander andere bedankt hallo`)
)

// stopWords makes a set of a list when it is first asked for.
func stopWords(fold func(string) string, list string) func() map[string]bool {
	return sync.OnceValue(func() map[string]bool {
		set := make(map[string]bool)
		for _, w := range strings.Fields(list) {
			set[fold(w)] = true
		}
		return set
	})
}

// functionWords of Chinese, longest first among those that begin alike. Chinese has no spaces, so they are cut out
// before neighbours are paired: 如何连接网络 is asked for by 连接, 接网 and 网络, and not by 何连.
var functionWords = sync.OnceValue(func() map[rune][][]rune {
	byFirst := make(map[rune][][]rune)
	for _, w := range strings.Fields(functionWordsZH) {
		runes := []rune(w)
		byFirst[runes[0]] = append(byFirst[runes[0]], runes)
	}
	return byFirst
})

const functionWordsZH = `
为什么 什么 为何 如何 怎么样 怎么办 怎么 怎样 哪些 哪个 哪几 哪里 是否 能否 可否 有没有 是不是 能不能 可不可以 请问 多少 吗 呢
的 了 是 在 和 与 及 或 被 把 也 都 很`

// functionWord tells how many glyphs at the beginning are a function word of Chinese.
func functionWord(glyphs []glyph) int {
	for _, w := range functionWords()[glyphs[0].r] {
		if startsWith(glyphs, w) {
			return len(w)
		}
	}
	return 0
}

func startsWith(glyphs []glyph, w []rune) bool {
	if len(w) > len(glyphs) {
		return false
	}
	for i, r := range w {
		if glyphs[i].r != r {
			return false
		}
	}
	return true
}
