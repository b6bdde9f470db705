// What the guide's interface says, in the languages that it knows. Sellers' words come from the guide itself.

/** @typedef {Record<string, string | ((n: number | string) => string)>} Words */

/** @type {Record<string, Words>} */
const LANGUAGES = {
  en: {
    start: "Start", happening: "What is happening?", other: "Something else", intro: "Before you start", step: (n) => `Step ${n}`, tools: (list) => `You need: ${list}`,
    minutes: (n) => `about ${n} min`, steps: (n) => (n === 1 ? "1 step" : `${n} steps`), EASY: "easy", MODERATE: "moderate", DIFFICULT: "difficult",
    first: (title) => `This comes before “${title}”.`, stopTitle: "Stop if you notice this", stopNow: "Stop and return it",
    worked: "Did it work?", yes: "Yes", no: "No", skip: "Skip this step", go: "Continue", back: "Back", again: "Start again", refund: "Return it for a refund", refundHint: "You can return it at any time.",
    larger: "Larger text", solved: "Did this solve your problem?", thanks: "Thank you.", unsaved: "This could not be saved. You can go on.",
    fixed: "Good, it works", fixedText: "You can close this page.", "ask-an-expert": "Ask an expert", "ask-an-expertText": "These steps did not help. An expert may know more, or you can return it now.",
    "return-it": "Return it", "return-itText": "Returning it is the right choice now.", stop: "Stop here", stopText: "Do not use it again. Return it.",
  },
  de: {
    start: "Starten", happening: "Was passiert?", other: "Etwas anderes", intro: "Bevor Sie beginnen", step: (n) => `Schritt ${n}`, tools: (list) => `Sie brauchen: ${list}`,
    minutes: (n) => `etwa ${n} Min.`, steps: (n) => (n === 1 ? "1 Schritt" : `${n} Schritte`), EASY: "leicht", MODERATE: "mittel", DIFFICULT: "schwierig",
    first: (title) => `Das kommt vor „${title}“.`, stopTitle: "Hören Sie auf, wenn Sie das bemerken", stopNow: "Aufhören und zurückgeben",
    worked: "Hat es geholfen?", yes: "Ja", no: "Nein", skip: "Schritt überspringen", go: "Weiter", back: "Zurück", again: "Von vorn", refund: "Zurückgeben und Geld zurück", refundHint: "Sie können es jederzeit zurückgeben.",
    larger: "Größere Schrift", solved: "Ist Ihr Problem damit gelöst?", thanks: "Danke.", unsaved: "Das konnte nicht gespeichert werden. Sie können weitermachen.",
    fixed: "Gut, es funktioniert", fixedText: "Sie können diese Seite schließen.", "ask-an-expert": "Fragen Sie einen Experten", "ask-an-expertText": "Diese Schritte haben nicht geholfen. Ein Experte weiß vielleicht mehr, oder Sie geben es jetzt zurück.",
    "return-it": "Zurückgeben", "return-itText": "Jetzt ist es richtig, das Produkt zurückzugeben.", stop: "Hier aufhören", stopText: "Benutzen Sie es nicht mehr. Geben Sie es zurück.",
  },
  fr: {
    start: "Commencer", happening: "Que se passe-t-il ?", other: "Autre chose", intro: "Avant de commencer", step: (n) => `Étape ${n}`, tools: (list) => `Il vous faut : ${list}`,
    minutes: (n) => `environ ${n} min`, steps: (n) => (n === 1 ? "1 étape" : `${n} étapes`), EASY: "facile", MODERATE: "moyen", DIFFICULT: "difficile",
    first: (title) => `À faire avant « ${title} ».`, stopTitle: "Arrêtez si vous remarquez ceci", stopNow: "Arrêter et le renvoyer",
    worked: "Est-ce que ça marche ?", yes: "Oui", no: "Non", skip: "Passer cette étape", go: "Continuer", back: "Retour", again: "Recommencer", refund: "Le renvoyer et être remboursé", refundHint: "Vous pouvez le renvoyer à tout moment.",
    larger: "Texte plus grand", solved: "Votre problème est-il résolu ?", thanks: "Merci.", unsaved: "L’enregistrement a échoué. Vous pouvez continuer.",
    fixed: "Parfait, ça marche", fixedText: "Vous pouvez fermer cette page.", "ask-an-expert": "Demandez à un expert", "ask-an-expertText": "Ces étapes n’ont pas suffi. Un expert en sait peut-être plus, ou vous pouvez le renvoyer maintenant.",
    "return-it": "Renvoyez-le", "return-itText": "Le renvoyer est maintenant le bon choix.", stop: "Arrêtez ici", stopText: "Ne l’utilisez plus. Renvoyez-le.",
  },
  es: {
    start: "Empezar", happening: "¿Qué ocurre?", other: "Otra cosa", intro: "Antes de empezar", step: (n) => `Paso ${n}`, tools: (list) => `Necesita: ${list}`,
    minutes: (n) => `unos ${n} min`, steps: (n) => (n === 1 ? "1 paso" : `${n} pasos`), EASY: "fácil", MODERATE: "medio", DIFFICULT: "difícil",
    first: (title) => `Esto va antes de «${title}».`, stopTitle: "Pare si nota esto", stopNow: "Parar y devolverlo",
    worked: "¿Ha funcionado?", yes: "Sí", no: "No", skip: "Omitir este paso", go: "Continuar", back: "Atrás", again: "Empezar de nuevo", refund: "Devolverlo y recibir el reembolso", refundHint: "Puede devolverlo en cualquier momento.",
    larger: "Texto más grande", solved: "¿Se ha resuelto su problema?", thanks: "Gracias.", unsaved: "No se ha podido guardar. Puede continuar.",
    fixed: "Bien, funciona", fixedText: "Puede cerrar esta página.", "ask-an-expert": "Pregunte a un experto", "ask-an-expertText": "Estos pasos no han ayudado. Quizá un experto sepa más, o puede devolverlo ahora.",
    "return-it": "Devuélvalo", "return-itText": "Ahora lo correcto es devolverlo.", stop: "Pare aquí", stopText: "No lo use más. Devuélvalo.",
  },
  zh: {
    start: "开始", happening: "遇到了什么问题？", other: "其他问题", intro: "开始之前", step: (n) => `第 ${n} 步`, tools: (list) => `您需要：${list}`,
    minutes: (n) => `约 ${n} 分钟`, steps: (n) => `共 ${n} 步`, EASY: "简单", MODERATE: "中等", DIFFICULT: "较难",
    first: (title) => `请先完成这一步，再做“${title}”。`, stopTitle: "如果发现以下情况，请停止", stopNow: "停止并退货",
    worked: "解决了吗？", yes: "是", no: "否", skip: "跳过这一步", go: "继续", back: "返回", again: "重新开始", refund: "退货退款", refundHint: "您可以随时退货。",
    larger: "大字体", solved: "您的问题解决了吗？", thanks: "谢谢。", unsaved: "未能保存，您可以继续。",
    fixed: "好了，可以用了", fixedText: "您可以关闭此页面。", "ask-an-expert": "咨询专家", "ask-an-expertText": "这些步骤没有解决问题。专家也许能帮忙，您也可以现在退货。",
    "return-it": "请退货", "return-itText": "现在退货是正确的选择。", stop: "请停在这里", stopText: "不要再使用，请退货。",
  },
};

/**
 * The language of the interface for a guide: that of the guide where it is known, else the first known one of the browser.
 * @param {string} [locale] of the guide, BCP 47
 * @param {readonly string[]} [browser]
 */
export function languageOf(locale, browser = navigator.languages) {
  const known = (locale ? [locale] : browser).map((tag) => tag.toLowerCase().split("-")[0]).find((tag) => Object.hasOwn(LANGUAGES, tag));
  return known ?? "en";
}

/** @returns {Words} */
export const wordsOf = (language) => LANGUAGES[language];

/** The direction in which a locale is written. */
export function directionOf(locale) {
  try {
    const script = new Intl.Locale(locale).maximize().script;
    return ["Adlm", "Arab", "Hebr", "Mand", "Nkoo", "Rohg", "Samr", "Syrc", "Thaa"].includes(script) ? "rtl" : "ltr";
  } catch { // no tag that Intl knows how to read
    return "ltr";
  }
}
