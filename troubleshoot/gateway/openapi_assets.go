package gateway

import (
	"fmt"

	"github.com/fixfirst/fixfirst/guides/picture"
)

// The generator does not know patterns of more than one part: it writes the route of a picture so.
const (
	writtenAssetPath = "/v1/sellers/**"
	assetPathInDoc   = "/v1/sellers/{seller}/guides/{guide}/assets/{path}"
)

// asPicture puts the route of a picture where it is, and says that an upload may be the picture itself.
func asPicture(paths node) error {
	route, err := at(paths, writtenAssetPath)
	if err != nil {
		return err
	}
	body, err := at(route, "put", "requestBody")
	if err != nil {
		return err
	}
	content, err := at(body, "content")
	if err != nil {
		return err
	}
	body["description"] = fmt.Sprintf("The picture itself, or JSON with it in base64. Send one after the other, something of each every %s, "+
		"and at least %d KiB a second.", uploadStall, uploadRate>>10)
	for method, operation := range route {
		o, ok := operation.(node)
		if !ok {
			return fmt.Errorf("openapi.yaml: %s %s is no object", method, writtenAssetPath)
		}
		o["parameters"] = assetParameters()
	}
	raw := node{"schema": node{"type": "string", "format": "binary"}}
	content[mediaBytes] = raw
	for _, t := range []picture.Type{picture.PNG, picture.JPEG, picture.GIF, picture.WebP} {
		content[t.MediaType()] = raw
	}
	delete(paths, writtenAssetPath)
	paths[assetPathInDoc] = route
	return nil
}

// assetParameters are those of the path of a picture.
func assetParameters() []any {
	var all []any
	for _, name := range []string{"seller", "guide", "path"} {
		parameter := node{"name": name, "in": "path", "required": true, "schema": node{"type": "string"}}
		if name == "path" {
			parameter["description"] = "As the guide's markdown writes it: images/base.png. It may have slashes."
		}
		all = append(all, parameter)
	}
	return all
}
