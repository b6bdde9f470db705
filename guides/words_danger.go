package guides

import (
	"bytes"
	"strings"
	"sync"
	"unicode/utf8"
)

// dangerWords are what a shopper should not do, touch or go on with unwarned, by language. Words that mean danger in one
// trade and nothing in another (a sharp image, a spark of light) stand only with what makes them dangerous; sellers add
// their own with `safety:` in the front matter.
var dangerWords = map[string]string{
	"en": "smoke|smoking|burning smell|burnt smell|smell burnt|smells burnt|smell burning|smells burning|smell of burning|" +
		"smells of burning|scorch marks|scorched|sparks|sparking|electric shock|electrical shock|electrocute|electrocution|" +
		"mains voltage|mains power|mains cable|mains plug|mains lead|mains|high voltage|live wire|live wires|" +
		"battery swelling|swelling battery|swollen battery|battery swollen|battery is swollen|batteries are swollen|" +
		"swollen|bulging battery|battery is bulging|battery bulges|battery leaks|battery is leaking|leaking battery|" +
		"battery leak|battery acid|battery is hot|battery gets hot|hot battery|battery fire|gas leak|smell gas|smell of gas|" +
		"smells of gas|gas smell|gas valve|gas tap|gas supply|gas cylinder|gas bottle|gas hob|gas cooker|gas stove|gas boiler|" +
		"natural gas|propane|butane|carbon monoxide|boiling water|boiling|boiling hot|scald|scalds|scalding|hot steam|" +
		"hot surface|hot surfaces|burn yourself|burn your hand|burn your hands|burn your fingers|burn your skin|skin burns|sharp edge|" +
		"sharp edges|sharp blade|sharp blades|sharp knife|sharp metal|sharp object|sharp objects|sharp tool|sharp|razor blade|" +
		"broken glass|glass shards|explode|explodes|explosion|explosive|catch fire|catches fire|on fire|fire hazard|" +
		"risk of fire|open flame|open flames|flammable|toxic|poisonous|harmful fumes|toxic fumes|corrosive|caustic|" +
		"hydrochloric acid|bleach|choking hazard",
	"de": "rauch|qualm|qualmt|raucht|brandgeruch|brenzlig|verbrannt riecht|riecht verbrannt|riecht verschmort|verschmort|" +
		"schmorgeruch|funken|funkenflug|stromschlag|stromschläge|elektrischer schlag|elektrischen schlag|netzspannung|" +
		"hochspannung|230 v|230 volt|aufgebläht|aufgeblähte|aufgeblähter|aufgeblähten|akku bläht|akku ist heiß|" +
		"ausgelaufene batterie|ausgelaufene batterien|batterie läuft aus|gasgeruch|gasleck|riecht nach gas|gashahn|" +
		"gasleitung|gasflasche|gasherd|erdgas|kohlenmonoxid|kochend|kochende|kochendem|kochenden|kochendes|siedend|siedendes|" +
		"verbrühen|verbrühung|verbrühungen|verbrennungsgefahr|heißer dampf|heiße oberfläche|heiße oberflächen|" +
		"scharfe kante|scharfe kanten|scharfen kanten|scharfe klinge|scharfe klingen|scharfes messer|scharfkantig|" +
		"scharfkantige|glasscherben|glassplitter|explodieren|explodiert|explosion|explosionsgefahr|brandgefahr|feuergefahr|" +
		"in brand|brennbar|entzündlich|leicht entzündlich|giftig|giftige|ätzend|ätzende|salzsäure|chlorbleiche|lebensgefahr|" +
		"erstickungsgefahr",
	"fr": "fumée|odeur de brûlé|sent le brûlé|étincelle|étincelles|choc électrique|décharge électrique|électrocution|" +
		"haute tension|tension secteur|230 v|batterie gonflée|batterie gonfle|batterie est gonflée|gonflée|batterie qui fuit|" +
		"batterie chaude|fuite de gaz|odeur de gaz|sent le gaz|robinet de gaz|bouteille de gaz|gazinière|gaz naturel|" +
		"monoxyde de carbone|eau bouillante|bouillant|bouillante|ébouillanter|brûlure|brûlures|vous brûler|vapeur brûlante|" +
		"surface chaude|surfaces chaudes|bord tranchant|bords tranchants|lame tranchante|lames tranchantes|tranchant|" +
		"tranchante|tranchants|tranchantes|éclats de verre|verre brisé|verre cassé|exploser|explose|explosion|prendre feu|" +
		"prend feu|incendie|inflammable|toxique|toxiques|corrosif|corrosive|eau de javel|acide chlorhydrique|étouffement",
	"es": "humo|olor a quemado|huele a quemado|chispa|chispas|descarga eléctrica|descargas eléctricas|electrocución|" +
		"alta tensión|tensión de red|230 v|batería hinchada|batería se hincha|batería está hinchada|hinchada|" +
		"batería caliente|fuga de gas|olor a gas|huele a gas|llave del gas|llave de gas|bombona de gas|gas natural|" +
		"monóxido de carbono|agua hirviendo|hirviendo|quemadura|quemaduras|quemarse|vapor caliente|superficie caliente|" +
		"superficies calientes|borde afilado|bordes afilados|cuchilla afilada|cuchillas afiladas|afilado|afilada|afilados|" +
		"afiladas|cristales rotos|vidrios rotos|explotar|explota|explosión|incendio|prender fuego|inflamable|tóxico|tóxica|" +
		"tóxicos|corrosivo|corrosiva|lejía|ácido clorhídrico|asfixia",
	"zh": "冒烟|冒煙|烧焦|燒焦|焦味|焦糊味|糊味|烧糊|触电|觸電|电击|電擊|漏电|漏電|高压电|高壓電|市电|市電|电池鼓|電池鼓|" +
		"鼓包|电池膨胀|電池膨脹|电池胀|電池脹|漏液|煤气|煤氣|燃气|燃氣|天然气|天然氣|瓦斯|沸水|沸腾|沸騰|开水|開水|滚烫|滾燙|" +
		"烫伤|燙傷|灼伤|灼傷|烧伤|燒傷|锋利|鋒利|尖锐|尖銳|割伤|割傷|划伤手|碎玻璃|玻璃碎片|爆炸|起火|着火|著火|火灾|火災|易燃|" +
		"有毒|毒气|毒氣|腐蚀性|腐蝕性|漂白水|一氧化碳|火花|窒息",
}

// harmlessWords are phrases in which a word of danger means none.
var harmlessWords = map[string]string{
	"en": "smoke detector|smoke detectors|smoke alarm|smoke alarms|smoke sensor|smoke test|smoke tests|no smoking|non smoking|" +
		"sharp image|sharp picture|sharp images|sharp tv|sharp pain|sharp increase|sharp drop|c sharp",
	"fr": "détecteur de fumée|détecteurs de fumée",
	"es": "detector de humo|detectores de humo",
}

// noticeWords make a bold text, or the label before a colon, a note to be careful.
var noticeWords = map[string]string{
	"en": "stop|warning|caution|danger|dangerous|careful|carefully|never|do not|don't|don’t|must not|avoid|unplug|attention|hazard",
	"de": "stopp|stoppen|halt|hören sie auf|warnung|achtung|vorsicht|gefahr|nie|niemals|nicht weiter|nicht mehr|nicht berühren|" +
		"nicht anfassen|nicht öffnen|nicht benutzen|nicht verwenden|nicht einschalten|nicht einstecken|nicht anschließen|" +
		"ziehen sie den stecker|nicht laden",
	"fr": "stop|arrêtez|arrêtez-vous|avertissement|attention|danger|prudence|jamais|ne pas|ne touchez|ne branchez|ne rebranchez|" +
		"ne continuez|ne chargez|n'ouvrez|n’ouvrez|n'utilisez|n’utilisez|débranchez",
	"es": "pare|detenga|deténgase|detente|alto|advertencia|atención|precaución|peligro|cuidado|nunca|no toque|no abra|no use|" +
		"no utilice|no siga|no continúe|no cargue|no enchufe|no conecte|desenchufe",
	"zh": "停止|警告|注意|危险|危險|小心|切勿|请勿|請勿|不要|禁止|当心|當心|严禁|嚴禁|立即拔",
}

// phrases finds any of many phrases in a prose.
type phrases struct {
	starts *[1024]bool           // by startOf, whether a phrase begins with such a word: most do not
	byWord map[string][][]string // the words that follow, by the first
	byRune map[rune][]string     // those of wide characters, which are written without spaces
}

// noPhrases finds nothing.
var noPhrases phrases

func newPhrases(lists ...string) phrases {
	var p phrases
	for _, list := range lists {
		for phrase := range strings.SplitSeq(list, "|") {
			p.add(phrase)
		}
	}
	return p
}

// add takes in a phrase in lower case.
func (p *phrases) add(phrase string) {
	if p.starts == nil {
		*p = phrases{new([1024]bool), map[string][][]string{}, map[rune][]string{}}
	}
	var words []string
	for rest := phrase; rest != ""; {
		r, size := utf8.DecodeRuneInString(rest)
		if isWide(r) && len(words) == 0 {
			p.byRune[r] = append(p.byRune[r], rest)
			return
		}
		if end := wordEnd([]byte(rest)); end > 0 {
			words = append(words, rest[:end])
			size = end
		}
		rest = rest[size:]
	}
	if len(words) > 0 {
		p.starts[startOf([]byte(words[0]))] = true
		p.byWord[words[0]] = append(p.byWord[words[0]], words[1:])
	}
}

// at gives how many of a sentence's words from i on are the longest phrase that begins there; 0 if none does.
func (p *phrases) at(text []byte, words []span, i int) (longest int) {
	if p.starts == nil || !p.starts[startOf(text[words[i].start:words[i].end])] {
		return 0
	}
	for _, rest := range p.byWord[string(bareWord(text, words[i]))] {
		if len(rest) >= len(words)-i {
			continue
		}
		n := 1
		for n <= len(rest) && string(bareWord(text, words[i+n])) == rest[n-1] {
			n++
		}
		if n > len(rest) {
			longest = max(longest, n)
		}
	}
	return longest
}

// startOf gives a small number for the first two bytes of a word, which it has in common with few others.
func startOf(word []byte) int {
	if len(word) < 2 || word[1] == '\'' || word[1] == "’"[0] { // the s behind it may be left out
		return int(word[0])
	}
	return (int(word[0])<<5 ^ int(word[1])) & 1023
}

// bareWord gives a word without the s of a detector's button.
func bareWord(text []byte, word span) []byte {
	return bytes.TrimSuffix(bytes.TrimSuffix(text[word.start:word.end], []byte("'s")), []byte("’s"))
}

// in gives the first place in a sentence of a phrase that is not within a harmless one.
func (p *phrases) in(q *prose, s sentence, harmless *phrases) (span, bool) {
	words := q.words[s.firstWord : s.firstWord+s.words]
	for i := 0; i < len(words) && p.starts != nil; i++ {
		if n := harmless.at(q.lower, words, i); n > 0 {
			i += n - 1
			continue
		}
		if n := p.at(q.lower, words, i); n > 0 {
			return span{words[i].start, words[i+n-1].end}, true
		}
	}
	if s.chars == 0 || len(p.byRune) == 0 {
		return span{}, false
	}
	for i := s.start; i < s.end; {
		r, size := utf8.DecodeRune(q.lower[i:])
		if r >= utf8.RuneSelf {
			for _, phrase := range p.byRune[r] {
				if bytes.HasPrefix(q.lower[i:s.end], []byte(phrase)) {
					return span{i, i + len(phrase)}, true
				}
			}
		}
		i += size
	}
	return span{}, false
}

// vocabulary is what the rules know of one language.
type vocabulary struct{ danger, harmless, notice, verbs phrases }

// vocabularies are built when first needed.
var vocabularies = sync.OnceValue(func() map[string]*vocabulary {
	all := map[string]*vocabulary{"": {}}
	for language, danger := range dangerWords {
		all[language] = &vocabulary{newPhrases(danger), newPhrases(harmlessWords[language]),
			newPhrases(noticeWords[language]), newPhrases(actionVerbs[language])}
	}
	return all
})
