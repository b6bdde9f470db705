package troubleshoot

import (
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Named limits of the pictures of one guide.
const (
	MaxGuideAssets     = 200      // paths
	MaxGuideAssetBytes = 64 << 20 // of content under these paths
	MaxAssetPath       = 256      // bytes
)

// GuideAsset is a picture of a guide. Its path may get another picture; its content never changes.
type GuideAsset struct {
	Seller, Guide string
	Path          string // as the guide's markdown writes it: images/base.png
	Name          string // of the content; whoever knows it may see it
	ContentType   string
	Size          int    // bytes of the content
	Width, Height int    // pixels
	SHA256        string // of the bytes as they were uploaded, in hex
	CreateTime    time.Time
}

// assetRoot is where browsers find contents by their names.
const assetRoot = "/assets/"

// URI is where browsers get the content: a path of the server.
func (a GuideAsset) URI() string { return assetRoot + a.Name }

// AssetName gives the name of a content by the path that browsers ask for, false where it is none.
func AssetName(path string) (string, bool) {
	name, ok := strings.CutPrefix(path, assetRoot)
	return name, ok && name != "" && !strings.Contains(name, "/")
}

// CheckAssetPath refuses what no markdown can name, or what a file system would take for another place.
func CheckAssetPath(path string) error {
	wrong := ""
	switch segments := strings.Split(path, "/"); {
	case path == "":
		wrong = "is empty; write it as the guide's markdown does, such as images/base.png"
	case len(path) > MaxAssetPath:
		return Invalid("path", "is too long; it must be at most %d bytes", MaxAssetPath)
	case !utf8.ValidString(path), strings.ContainsFunc(path, unicode.IsControl):
		wrong = "must be UTF-8 without control characters"
	case strings.ContainsAny(path, `\:`):
		wrong = `must have no \ and no :; separate folders by /`
	case slices.ContainsFunc(segments, func(s string) bool { return s == "" || s == "." || s == ".." }):
		wrong = "must be relative to the guide, without empty parts, . and ..: such as images/base.png"
	}
	if wrong == "" {
		return nil
	}
	return Invalid("path", "%s", wrong)
}
