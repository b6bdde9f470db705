package troubleshoot_test

import (
	"strings"
	"testing"

	"github.com/fixfirst/fixfirst/troubleshoot"
)

func TestCheckAssetPath(t *testing.T) {
	for path, fit := range map[string]bool{
		"base.png": true, "images/base.png": true, "bilder/Gerät (1) 100% #2?.jpg": true, "a/b/c/d.gif": true, ".hidden/...png": true,
		strings.Repeat("a", 256): true, strings.Repeat("a", 257): false, "": false, "/base.png": false, "images//base.png": false,
		"images/": false, "./base.png": false, "images/./base.png": false, "../base.png": false, "a/../../base.png": false, "..": false,
		`images\base.png`: false, "C:/base.png": false, "https://x/base.png": false, "a\x00.png": false, "a\n.png": false,
		"a\u0085.png": false, "a\xff.png": false, "a\x7f.png": false,
	} {
		err := troubleshoot.CheckAssetPath(path)
		if (err == nil) != fit || !fit && troubleshoot.CodeOf(err) != troubleshoot.InvalidArgument {
			t.Errorf("%q: %v", path, err)
		}
	}
}

func TestAssetName(t *testing.T) {
	a := troubleshoot.GuideAsset{Name: "abc.png"}
	if name, ok := troubleshoot.AssetName(a.URI()); !ok || name != a.Name {
		t.Errorf("%q, %t", name, ok)
	}
	for _, path := range []string{"/assets/", "/assets", "/assets/a/b.png", "/assetsabc.png", "abc.png", ""} {
		if name, ok := troubleshoot.AssetName(path); ok {
			t.Errorf("%q is %q", path, name)
		}
	}
}
