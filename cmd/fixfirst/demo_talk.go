package main

import "strings"

// The words of simulated experts and shoppers. Their first ones always say that they are simulated.

// demoWords are what both sides say about any product, in one language.
type demoWords struct {
	greet               string // with the expert's name; the product's question follows
	try, tryMore        string // before a step
	remind              string // where a step was sent and the shopper writes instead of answering it
	good, faulty        string // after the last step
	there               string // after a long silence
	shopper             string // before a shopper's first words
	fixed, same, leaves string
	replies             []string // to whatever else an expert says
	wait                string   // while an expert says nothing
}

var demoLanguages = map[string]demoWords{
	"en": {
		greet:   "Hello, this is NAME, a simulated expert: I follow a script. ",
		try:     "Thank you. Please try this step, and answer it with the buttons below it.",
		tryMore: "Thank you for trying. There is one more that often helps:",
		remind:  "Please answer the step with its buttons, or with /fixed, /not-fixed or /skip in a terminal, so that I know what it did.",
		good:    "Good to hear. Leave the chat whenever you like.",
		faulty:  "Then it is faulty, and returning it is the right choice. The refund link is on your page; you need nothing else from me.",
		there:   "Are you still there? You may leave, or take the refund, at any time.",
		shopper: "(simulated shopper) ",
		fixed:   "That was it, it works now. Thank you!",
		same:    "I have tried it, no change.",
		leaves:  "Thank you all the same, I will return it.",
		replies: []string{"I see. What should I try?", "I have done that, and it is still the same.", "Hm, no change."},
		wait:    "Are you still there?",
	},
	"zh": {
		greet:   "您好，我是模拟专家 NAME，按脚本回答。",
		try:     "谢谢。请您试一试下面这一步，再用下面的按钮告诉我结果。",
		tryMore: "谢谢您试过了。还有一步常常有用：",
		remind:  "请用这一步下面的按钮回答（在终端里是 /fixed、/not-fixed 或 /skip），这样我才知道结果。",
		good:    "太好了。您随时可以离开对话。",
		faulty:  "那就是产品有故障，退货是正确的选择。退款链接就在您的页面上，不需要再找我。",
		there:   "您还在吗？您随时可以离开，也可以直接退款。",
		shopper: "（模拟顾客）",
		fixed:   "就是这个原因，现在好了，谢谢！",
		same:    "试过了，还是一样。",
		leaves:  "还是谢谢您，我退货吧。",
		replies: []string{"明白了，我该试什么？", "我做了，还是一样。", "嗯，没有变化。"},
		wait:    "您还在吗？",
	},
}

// demoTrouble is what is wrong with a product: the shopper's first words, what the expert asks, and what the shopper answers.
type demoTrouble struct{ opening, question, detail string }

// demoTroubles are by SKU and language.
var demoTroubles = map[string]map[string]demoTrouble{
	"KETTLE-1": {
		"en": {"My kettle stays cold. I press the switch and nothing happens.",
			"Does the light come on when you press the switch, and is the water above the MIN mark?", "No light at all. It is about half full."},
		"zh": {"水壶不加热，按下开关没有反应。", "按下开关时指示灯亮吗？水位到 MIN 刻度了吗？", "灯不亮，里面有半壶水。"},
	},
	"VACUUM-1": {
		"en": {"The robot drives a little and then stops in the middle of the room.",
			"Does it show an error, and does the main brush turn freely?", "It blinks red. There is a lot of hair around the brush, I see now."},
	},
	"BULB-1": {
		"en": {"The app never finds the bulb.",
			"Does the bulb give light, and which Wi-Fi network is your phone on?", "It gives light. The phone is on the one with 5G in its name."},
	},
	"EARBUDS-1": {
		"en": {"My earbuds do not show up on the phone.",
			"Does the case show a light, and have the earbuds been used with another phone before?", "The light blinks once. My son had them on his tablet."},
		"zh": {"手机上搜不到耳机。", "充电盒的灯亮吗？耳机以前连过别的手机吗？", "灯闪一下。孩子用平板连过。"},
	},
	"ROUTER-1": {
		"en": {"There is no Wi-Fi since I moved the router.",
			"Which lights are on, and does the Wi-Fi light come on when you hold its button?", "Only the power light. I have not tried the button."},
		"zh": {"路由器搬了地方以后就没有 Wi-Fi 了。", "哪些灯亮着？按住 Wi-Fi 按键，灯会亮吗？", "只有电源灯亮，按键还没有试。"},
	},
	"PRINTER-1": {
		"en": {"The computer says that the printer is offline.",
			"Can you copy a page on the printer itself, and is it in the same Wi-Fi as the computer?", "Copying works. We have a new router since last week."},
	},
}

// demoTalk gives the words for a product in a language, English where there are none.
func demoTalk(sku, locale string) (demoTrouble, demoWords) {
	language, _, _ := strings.Cut(locale, "-")
	trouble, ok := demoTroubles[sku][language]
	if !ok {
		language, trouble = "en", demoTroubles[sku]["en"]
	}
	return trouble, demoLanguages[language]
}

// demoLocales are the languages in which a product is talked about.
func demoLocales(sku string) []string {
	if _, ok := demoTroubles[sku]["zh"]; ok {
		return []string{"en", "zh"}
	}
	return []string{"en"}
}
