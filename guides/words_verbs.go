package guides

// actionVerbs begin a sentence that tells the shopper to do something, by language; in German with Sie, or as du is told.
var actionVerbs = map[string]string{
	"en": "add|adjust|apply|attach|charge|check|choose|clean|clear|click|close|confirm|connect|cover|cut|deselect|detach|" +
		"disable|disconnect|download|drag|drain|dry|empty|enable|enter|fill|find|fit|flip|fold|go|hang|hold|insert|install|" +
		"keep|launch|leave|let|lift|locate|log|look|loosen|lower|make|measure|mount|move|open|pair|place|plug|pour|press|pull|" +
		"push|put|reboot|reconnect|release|remove|rename|repeat|replace|reset|restart|rinse|rotate|run|save|scan|screw|scroll|" +
		"search|select|set|shake|shut|slide|soak|squeeze|start|switch|take|tap|tear|test|tighten|tilt|try|turn|type|unfold|" +
		"uninstall|unlock|unplug|unscrew|untick|update|upload|use|wait|wash|watch|wipe|write|please|then|next|now",
	"de": "drücken sie|ziehen sie|stecken sie|schalten sie|öffnen sie|schließen sie|halten sie|warten sie|nehmen sie|legen sie|" +
		"setzen sie|stellen sie|drehen sie|prüfen sie|überprüfen sie|reinigen sie|wischen sie|füllen sie|leeren sie|lassen sie|" +
		"entfernen sie|verbinden sie|trennen sie|wählen sie|tippen sie|klicken sie|geben sie|laden sie|lösen sie|" +
		"schrauben sie|spülen sie|trocknen sie|wiederholen sie|starten sie|versuchen sie|verwenden sie|achten sie|" +
		"drücke|ziehe|zieh|stecke|steck|schalte|öffne|schließe|halte|warte|nimm|lege|setze|stelle|drehe|prüfe|überprüfe|" +
		"reinige|wische|fülle|leere|entferne|verbinde|trenne|wähle|tippe|klicke|gib|lade|löse|spüle|trockne|wiederhole|" +
		"starte|versuche|verwende",
	"fr": "appuyez|tirez|branchez|débranchez|allumez|éteignez|ouvrez|fermez|maintenez|attendez|prenez|posez|placez|mettez|" +
		"tournez|vérifiez|contrôlez|nettoyez|essuyez|remplissez|videz|laissez|retirez|enlevez|connectez|déconnectez|" +
		"choisissez|sélectionnez|touchez|cliquez|saisissez|entrez|chargez|dévissez|vissez|rincez|séchez|répétez|redémarrez|" +
		"essayez|utilisez|remettez|remplacez|insérez|installez|téléchargez|regardez",
	"es": "pulse|presione|tire|enchufe|desenchufe|conecte|desconecte|encienda|apague|abra|cierre|mantenga|espere|tome|coloque|" +
		"ponga|gire|compruebe|verifique|limpie|seque|llene|vacíe|deje|retire|quite|elija|seleccione|toque|haga|introduzca|" +
		"cargue|desatornille|atornille|enjuague|repita|reinicie|pruebe|use|utilice|inserte|instale|descargue|mire|" +
		"pulsa|presiona|tira|enchufa|desenchufa|conecta|desconecta|enciende|apaga|abre|cierra|mantén|espera|coloca|pon|gira|" +
		"comprueba|verifica|limpia|seca|llena|vacía|deja|retira|quita|elige|selecciona|toca|haz|introduce|carga|repite|" +
		"reinicia|prueba|inserta|instala|descarga",
	"zh": "请|請|按|拔|插|打开|打開|关闭|關閉|关掉|关上|等|取|拿|放|把|将|將|旋|拧|擰|转动|轉動|检查|檢查|清洁|清潔|擦|倒|装|裝|连接|" +
		"連接|断开|斷開|选择|選擇|点击|點擊|点按|输入|輸入|下载|下載|重启|重啟|重新|松开|鬆開|卸|换|換|用|使用|再|然后|然後|接着|确认|確認|" +
		"运行|運行|执行|執行|进入|進入|安装|安裝|更新|设置|設置|搬|移|冲洗|晾",
}
