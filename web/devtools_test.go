package web_test

import (
	"bufio"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"testing"
	"time"
)

// tab is a page of a browser that a test holds by the DevTools protocol over a pipe (--remote-debugging-pipe): commands and
// replies are JSON, each ended by a NUL. It presses real keys, so that focus moves as it does for people.
type tab struct {
	t       *testing.T
	to      io.Writer
	from    *bufio.Reader
	session string
	last    int
	said    []string // lines of the console, and exceptions
}

// openTab starts a browser on a page. It ends with the test.
func openTab(t *testing.T, url string) *tab {
	t.Helper()
	browser := chromium(t)
	home, err := os.MkdirTemp("", "fixfirst-browser-")
	if err != nil {
		t.Fatal(err)
	}
	commands, to, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	from, replies, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	c := exec.CommandContext(t.Context(), browser, "--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking",
		"--disable-component-update", "--disable-sync", "--no-first-run", "--disable-dev-shm-usage", "--disable-features=BackForwardCache", "--lang=en-US", "--window-size=900,1000",
		"--user-data-dir="+home, "--remote-debugging-pipe", "about:blank")
	c.Env = append(os.Environ(), "HOME="+home, "LANGUAGE=en_US")
	c.ExtraFiles = []*os.File{commands, replies} // 3 and 4, as the protocol wants them
	c.WaitDelay = time.Second
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	commands.Close()
	replies.Close()
	timer := time.AfterFunc(patience, func() { _ = c.Process.Kill() })
	t.Cleanup(func() {
		timer.Stop()
		_ = c.Process.Kill()
		_ = c.Wait()
		to.Close()
		from.Close()
		_ = os.RemoveAll(home)
	})
	b := &tab{t: t, to: to, from: bufio.NewReader(from)}
	var target struct {
		TargetID, SessionID string
	}
	b.call("Target.createTarget", map[string]any{"url": "about:blank"}, &target)
	b.call("Target.attachToTarget", map[string]any{"targetId": target.TargetID, "flatten": true}, &target)
	b.session = target.SessionID
	b.call("Runtime.enable", nil, nil)
	b.call("Log.enable", nil, nil)
	b.call("Page.enable", nil, nil)
	b.call("Page.navigate", map[string]any{"url": url}, nil)
	return b
}

// message is a reply or an event.
type message struct {
	ID     int
	Method string
	Params struct {
		Type             string
		Args             []struct{ Value any }
		ExceptionDetails struct{ Text string }
		Entry            struct{ Level, Text string }
	}
	Result json.RawMessage
	Error  *struct{ Message string }
}

// call sends a command and reads its reply; what else the browser says meanwhile is noted.
func (b *tab) call(method string, params, reply any) {
	b.t.Helper()
	b.last++
	command, err := json.Marshal(map[string]any{"id": b.last, "method": method, "params": params, "sessionId": b.session})
	if b.session == "" {
		command, err = json.Marshal(map[string]any{"id": b.last, "method": method, "params": params})
	}
	if err != nil {
		b.t.Fatal(err)
	}
	if _, err := b.to.Write(append(command, 0)); err != nil {
		b.t.Fatalf("%s: %v", method, err)
	}
	for {
		m, err := b.next()
		if err != nil {
			b.t.Fatalf("%s: %v", method, err)
		}
		switch {
		case m.Method == "Runtime.consoleAPICalled":
			b.said = append(b.said, fmt.Sprintf("%s %v", m.Params.Type, m.Params.Args))
		case m.Method == "Runtime.exceptionThrown":
			b.said = append(b.said, m.Params.ExceptionDetails.Text)
		case m.Method == "Log.entryAdded":
			b.said = append(b.said, m.Params.Entry.Level+" "+m.Params.Entry.Text)
		case m.ID == b.last && m.Error != nil:
			b.t.Fatalf("%s: %s", method, m.Error.Message)
		case m.ID == b.last && reply != nil:
			if err := json.Unmarshal(m.Result, reply); err != nil {
				b.t.Fatalf("%s: %v", method, err)
			}
			return
		case m.ID == b.last:
			return
		}
	}
}

func (b *tab) next() (m message, err error) {
	line, err := b.from.ReadBytes(0)
	if err != nil {
		return m, errors.Join(errors.New("the browser is gone"), err)
	}
	return m, json.Unmarshal(line[:len(line)-1], &m)
}

// value gives what a JavaScript expression is, promises awaited.
func (b *tab) value(expression string) any {
	b.t.Helper()
	var reply struct {
		Result           struct{ Value any }
		ExceptionDetails *struct{ Exception struct{ Description string } }
	}
	b.call("Runtime.evaluate", map[string]any{"expression": expression, "awaitPromise": true, "returnByValue": true}, &reply)
	if reply.ExceptionDetails != nil {
		b.t.Fatalf("%s: %s", expression, reply.ExceptionDetails.Exception.Description)
	}
	return reply.Result.Value
}

func (b *tab) text(expression string) string {
	b.t.Helper()
	return fmt.Sprint(b.value(expression))
}

// until waits, by the page's own frames, for an expression to be true.
func (b *tab) until(expression string) {
	b.t.Helper()
	if b.value(`new Promise((done) => { const end = performance.now() + 15000; const look = () => { let holds = false;
	try { holds = !!(`+expression+`) } catch {} holds || performance.now() > end ? done(holds) : setTimeout(look, 20) }; look() })`) != true {
		b.t.Fatalf("never came true: %s\n%s\nconsole: %q", expression, b.text("document.body.innerText"), b.said)
	}
}

// press presses a key: Tab, Enter or Space; "Shift+Tab" goes back.
func (b *tab) press(key string) {
	b.t.Helper()
	modifiers := 0
	if key == "Shift+Tab" {
		key, modifiers = "Tab", 8
	}
	codes := map[string]int{"Tab": 9, "Enter": 13, "Space": 32}
	texts := map[string]string{"Enter": "\r", "Space": " "}
	name := key
	if key == "Space" {
		name = " "
	}
	event := map[string]any{"type": "keyDown", "key": name, "code": key, "windowsVirtualKeyCode": codes[key], "modifiers": modifiers}
	if texts[key] != "" {
		event["text"] = texts[key]
	}
	b.call("Input.dispatchKeyEvent", event, nil)
	b.call("Input.dispatchKeyEvent", map[string]any{"type": "keyUp", "key": name, "code": key, "windowsVirtualKeyCode": codes[key], "modifiers": modifiers}, nil)
}

// tabTo presses Tab until the focus is on what has this text.
func (b *tab) tabTo(text string) {
	b.t.Helper()
	var passed []string
	for range 30 {
		b.press("Tab")
		at := b.text("document.activeElement.textContent.trim()")
		if at == text {
			return
		}
		passed = append(passed, at)
	}
	b.t.Fatalf("no Tab leads to %q, only to %q", text, passed)
}

// choose goes to what has this text and presses Enter.
func (b *tab) choose(text string) {
	b.t.Helper()
	b.tabTo(text)
	b.press("Enter")
}

// picture keeps a screenshot in the folder of FIXFIRST_SCREENSHOTS, for people to look at.
func (b *tab) picture(name string) {
	b.t.Helper()
	folder := os.Getenv("FIXFIRST_SCREENSHOTS")
	if folder == "" {
		return
	}
	var shot struct{ Data string }
	b.call("Page.captureScreenshot", map[string]any{"format": "png"}, &shot)
	data, err := base64.StdEncoding.DecodeString(shot.Data)
	if err == nil {
		err = os.WriteFile(folder+"/"+name+".png", data, 0o600)
	}
	if err != nil {
		b.t.Fatal(err)
	}
}
