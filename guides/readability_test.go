package guides

import (
	"fmt"
	"strings"
	"testing"
)

func TestSyllables(t *testing.T) {
	for language, words := range map[string]map[string]int{
		"en": {"the": 1, "kettle": 2, "plug": 1, "cable": 2, "wire": 1, "wires": 1, "pressed": 1, "started": 2, "battery": 3,
			"configuration": 5, "switches": 2, "cases": 2, "usb": 1, "5ghz": 1, "settings": 2, "router": 2,
			"minutes": 2, "appliance": 3, "electricity": 5, "light": 1, "you": 1},
		"de": {"der": 1, "stecker": 2, "netzteil": 2, "gerät": 2, "bauen": 2, "wasser": 2, "hauptschalter": 3, "betriebsanleitung": 5,
			"feuer": 2, "radio": 3, "see": 1, "usb": 1},
		"fr": {"le": 1, "prise": 1, "bouton": 2, "appuyez": 3, "lumière": 2, "bouilloire": 2, "minutes": 2, "réagir": 3,
			"naïf": 2, "fonctionnement": 4, "eau": 1, "branchent": 1},
		"es": {"el": 1, "enchufe": 3, "botón": 2, "agua": 2, "aérea": 4, "batería": 4, "luz": 1, "que": 1, "pequeño": 3,
			"seguir": 2, "encienda": 3, "día": 2},
	} {
		for word, want := range words {
			if got := eases[language].syllables(word); got != want {
				t.Errorf("%s: %s has %d syllables, counted %d", language, word, want, got)
			}
		}
	}
}

// TestEase: the scores of texts whose words, sentences and syllables are counted by hand.
func TestEase(t *testing.T) {
	for _, tt := range []struct {
		language string
		reading  reading
		want     string
	}{
		{"en", reading{sentences: 10, words: 100, syllables: 130}, "86.7"}, // 206.835 - 10.15 - 109.98
		{"de", reading{sentences: 10, words: 100, syllables: 160}, "76.4"}, // 180 - 10 - 93.6
		{"fr", reading{sentences: 5, words: 100, syllables: 150}, "76.3"},  // 207 - 20.3 - 110.4
		{"es", reading{sentences: 5, words: 100, syllables: 200}, "66.4"},  // 206.84 - 20.4 - 120
	} {
		if got := fmt.Sprintf("%.1f", eases[tt.language].score(tt.reading)); got != tt.want {
			t.Errorf("%s %+v: got %s, want %s", tt.language, tt.reading, got, tt.want)
		}
	}
}

func TestReading(t *testing.T) {
	c := &compilation{source: newSource("Press it (2.5 s), **then** wait: it's\n`a b` v1.2. Ok! Next?\n\n- one\n- two;\n\n按住键，等一分钟。看灯！\n\n# no\n")}
	root, err := parse(c.source.body())
	if err != nil {
		t.Fatal(err)
	}
	var p prose
	p.read(c.source.body(), nil, children(root))
	var got []string
	for _, s := range p.sentences {
		text, offset := p.trimmed(s.span)
		if !strings.HasPrefix(string(c.source.body()[offset:]), text[:1]) {
			t.Errorf("%q is not at %d", text, offset)
		}
		got = append(got, fmt.Sprintf("%s/%d/%d/%d", text, s.words, s.chars, s.longestClause))
	}
	want := "Press it (2.5 s), then wait:/7/0/0 it's x v1.2./4/0/0 Ok!/1/0/0 Next?/1/0/0 one/1/0/0 two;/1/0/0 " +
		"按住键，等一分钟。/0/7/4 看灯！/0/2/2 no/1/0/0"
	if strings.Join(got, " ") != want {
		t.Errorf("got  %s\nwant %s", strings.Join(got, " "), want)
	}
	if r := p.reading(nil); r != (reading{sentences: 8, words: 15, chars: 9, clauses: 3}) {
		t.Errorf("counted %+v", r)
	}
}

func TestHardToRead(t *testing.T) {
	step := func(locale, text string, times int) string {
		return fmt.Sprintf(front, locale) + "## A\n\n" + strings.Repeat(text+" ", times) + "\n\n## B\n\nx\n"
	}
	hardEN := "Subsequently initialise appropriate electromagnetic communication functionality utilising manufacturer documentation."
	hardZH := "在确认设备电源适配器已经正确连接并且所有相关指示灯均处于正常工作状态之后按住位于机身背面下方的复位按键直到指示灯闪烁为止才能松开手指。"
	for name, tt := range map[string]struct{ markdown, want string }{
		"hard":                   {step("en", hardEN, 12), "8:1 " + hardEN},
		"plain":                  {step("en", "Press the button and wait until the lamp is green.", 12), ""},
		"too short":              {step("en", hardEN, 5), ""},
		"German":                 {step("de", "Inbetriebnahmevoraussetzungen: Netzspannungsüberprüfung, Sicherheitsabschaltungseinrichtung, Fehlerstromschutzschalter.", 30), "8:32 Netzspannungsüberprüfung, Sicherheitsabschaltungseinrichtung, Fehlerstromschutzschalter."},
		"plain German":           {step("de", "Ziehen Sie den Stecker und warten Sie eine Minute.", 12), ""},
		"plain French":           {step("fr", "Débranchez la prise et attendez une minute.", 15), ""},
		"plain Spanish":          {step("es", "Desenchufe el cable y espere un minuto.", 15), ""},
		"no formula":             {step("it", "Precipitevolissimevolmente elettroencefalograficamente.", 60), ""},
		"Chinese":                {step("zh", hardZH, 4), "8:1 " + hardZH},
		"plain Chinese":          {step("zh", "按住复位键，等一分钟，再看指示灯。", 20), ""},
		"several short":          {fmt.Sprintf(front, "en") + strings.Repeat("## A\n\n"+strings.Repeat(hardEN+" ", 5)+"\n\n", 3), "8:1 " + hardEN},
		"the longest is no cell": {step("en", hardEN+"\n\n|a|\n|-|\n|"+strings.Repeat("b ", 60)+"|\n\n", 12), "8:1 " + hardEN},
		"language is found":      {step("", "The is of and to. "+hardEN, 12), "8:19 " + hardEN},
	} {
		t.Run(name, func(t *testing.T) {
			if got := findingsOf(t, "hard-to-read", tt.markdown, Options{}); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
}

func TestGuessLanguage(t *testing.T) {
	for text, want := range map[string]string{
		"Unplug the kettle and look at it closely. Do not plug it in again when you are not sure that this is the base.":                    "en",
		"Ziehen Sie den Stecker und prüfen Sie das Kabel. Wenn es nicht geht, ist die Dose mit dem Netz nicht verbunden.":                   "de",
		"Débranchez la bouilloire et vérifiez les câbles. Si le voyant est rouge, elle ne chauffe pas avec votre prise, qui est du mur.":    "fr",
		"Desenchufe el hervidor y compruebe los cables. Si la luz no está encendida, las tomas de la pared son el problema con los cables.": "es",
		"Il bollitore non scalda. Che cosa è questo? Con una presa del muro che non va, anche gli altri sono fermi.":                        "it",
		"拔下水壶的插头，仔细看一看。如果有焦味，请立即停止并退货。换一个插座再试一次。":                                                                                           "zh",
		"プラグを抜いて、ケトルをよく見てください。焦げた臭いがする場合は、使用を中止してください。":                                                                                     "ja",
		"플러그를 뽑고 주전자를 자세히 살펴보십시오. 타는 냄새가 나면 사용을 중지하십시오.":                                                                                    "ko",
		"con una con una con una con una con una":                     "", // Spanish and Italian
		"the and the and the and the and the der und der und der und": "",
		"OK":                        "",
		"":                          "",
		"ls -la /dev/ttyUSB0 x y z": "",
	} {
		if got := guessLanguage([]byte(text)); got != want {
			t.Errorf("%s: got %q, want %q", text, got, want)
		}
	}
}
