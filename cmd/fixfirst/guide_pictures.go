package main

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/fixfirst/fixfirst/guides/picture"
	pb "github.com/fixfirst/fixfirst/proto/fixfirst/v1"
)

// pictures compares a guide's pictures here with those of the server.
type pictures struct {
	changed []string // paths of those that the server lacks or has another of
	uris    []string // where the server shows the others
}

// comparePictures asks the server which pictures it has. They are the same if the bytes that were uploaded are: what it
// serves is made anew of them. A path that has no file here is the server's affair.
func (s guideServer) comparePictures(ctx context.Context, c compiled) (pictures, error) {
	var all pictures
	if len(c.pictures) == 0 {
		return all, nil
	}
	kept, err := s.assets(ctx, c.id)
	if err != nil {
		return all, err
	}
	for _, path := range c.Images {
		local, here := c.pictures[path]
		switch asset := kept[path]; {
		case !here:
		case asset == nil || asset.GetSha256() != local.sum:
			all.changed = append(all.changed, path)
		default:
			all.uris = append(all.uris, asset.GetUri())
		}
	}
	return all, nil
}

// assets gives a guide's pictures by path; none where the server does not know the guide.
func (s guideServer) assets(ctx context.Context, id string) (map[string]*pb.GuideAsset, error) {
	kept := map[string]*pb.GuideAsset{}
	for token := ""; ; {
		page := &pb.ListGuideAssetsResponse{}
		path := s.path(id) + "/assets?" + url.Values{"pageToken": {token}, "pageSize": {"1000"}}.Encode()
		if err := s.call(ctx, http.MethodGet, path, nil, page); missing(err) {
			return kept, nil
		} else if err != nil {
			return nil, err
		}
		for _, a := range page.GetAssets() {
			kept[a.GetPath()] = a
		}
		if token = page.GetNextPageToken(); token == "" {
			return kept, nil
		}
	}
}

// shownBy tells whether a guide shows the pictures as they are: a push may have been cut off after it had uploaded them.
func (p pictures) shownBy(kept *pb.Guide) bool {
	for _, uri := range p.uris {
		if !strings.Contains(kept.GetHtml(), uri) {
			return false
		}
	}
	return len(p.changed) == 0
}

// tryPictures decodes those of some paths as a server does when they are uploaded: their headers may be all that is well.
func tryPictures(_ context.Context, c compiled, paths []string) error {
	for _, path := range paths {
		if _, err := picture.Read(c.pictures[path].content); err != nil {
			return unfit{fmt.Errorf("%s: %w", path, err)}
		}
	}
	return nil
}

// uploadPictures uploads those of some paths.
func (r *pushing) uploadPictures(ctx context.Context, c compiled, paths []string) error {
	for _, path := range paths {
		local := c.pictures[path]
		segments := strings.Split(path, "/")
		for n := range segments {
			segments[n] = url.PathEscape(segments[n])
		}
		err := r.server.read(ctx, uploadTimeout, http.MethodPut, r.server.path(c.id)+"/assets/"+strings.Join(segments, "/"),
			local.kind.MediaType(), bytes.NewReader(local.content), &pb.GuideAsset{})
		if err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
	}
	return nil
}
