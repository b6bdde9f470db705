package rpc

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"path"
	"runtime/debug"
	"strings"

	"golang.org/x/sync/semaphore"
	"google.golang.org/protobuf/types/known/emptypb"

	"github.com/fixfirst/fixfirst/guides/picture"
	pb "github.com/fixfirst/fixfirst/proto/fixfirst/v1"
	"github.com/fixfirst/fixfirst/store"
	"github.com/fixfirst/fixfirst/troubleshoot"
)

// smallUpload is how many bytes an upload may take in all without a thought for what others have left in memory.
const smallUpload = 8 << 20

// decoder reads pictures, two at once at most and never with more pixels in memory than the largest one alone has: a
// decoder cannot be stopped, so what must not happen must not begin.
type decoder struct{ memory *semaphore.Weighted }

func newDecoder() *decoder {
	return &decoder{memory: semaphore.NewWeighted(picture.MaxMemory)}
}

// read waits for its turn as long as ctx lasts.
func (d *decoder) read(ctx context.Context, header picture.Header, data []byte) (picture.Picture, error) {
	share := max(header.Memory, picture.MaxMemory/2)
	if err := d.memory.Acquire(ctx, share); err != nil {
		return picture.Picture{}, err
	}
	defer d.memory.Release(share)
	if inAll := header.Memory + 4*int64(len(data)); inAll > smallUpload { // it came as JSON, perhaps, and goes to the database
		// The collector would let as much garbage gather as there is memory in use: what the upload has left goes first, and
		// what the decoder leaves before anybody else takes as much.
		debug.FreeOSMemory()
		defer debug.FreeOSMemory()
	}
	p, err := picture.Read(data)
	return p, refusedPicture(err)
}

// refusedPicture tells a client what is wrong with a picture.
func refusedPicture(err error) error {
	var refused *picture.Error
	if errors.As(err, &refused) {
		return troubleshoot.Invalid("data", "%s", refused.Message)
	}
	return err
}

// extensions are the ends of paths that fit a type.
var extensions = map[picture.Type][]string{
	picture.PNG: {".png"}, picture.JPEG: {".jpg", ".jpeg"}, picture.GIF: {".gif"}, picture.WebP: {".webp"},
}

// checkExtension refuses a path that says something else than the picture is.
func checkExtension(name string, kind picture.Type) error {
	end := strings.ToLower(path.Ext(name))
	for _, fit := range extensions[kind] {
		if end == fit {
			return nil
		}
	}
	return troubleshoot.Invalid("path", "must end with %s, because the picture is %s", strings.Join(extensions[kind], " or "), kind.MediaType())
}

// PutGuideAsset keeps a picture of a guide, made anew. The guide may come after its pictures.
func (s *Guides) PutGuideAsset(ctx context.Context, req *pb.PutGuideAssetRequest) (*pb.GuideAsset, error) {
	if err := troubleshoot.CheckAssetPath(req.GetPath()); err != nil {
		return nil, err
	}
	header, err := picture.Inspect(req.GetData())
	if err != nil {
		return nil, refusedPicture(err)
	}
	if err := checkExtension(req.GetPath(), header.Type); err != nil {
		return nil, err
	}
	p, err := s.decoder.read(ctx, header, req.GetData())
	if err != nil {
		return nil, err
	}
	uploaded := sha256.Sum256(req.GetData())
	asset := troubleshoot.GuideAsset{
		Seller: req.GetSeller(), Guide: req.GetGuide(), Path: req.GetPath(),
		Name:        s.store.Secrets().AssetName(req.GetSeller(), p.Content) + "." + p.Type.Extension(),
		ContentType: p.Type.MediaType(), Size: len(p.Content), Width: p.Width, Height: p.Height, SHA256: hex.EncodeToString(uploaded[:]),
	}
	now := s.now()
	var kept troubleshoot.GuideAsset
	// A picture is a large row: shoppers' updates must not queue behind several.
	err = s.store.UpdateBulk(ctx, func(tx *store.Tx) error {
		there, changed, err := tx.PutAsset(asset, p.Content, now)
		if kept = there; err != nil || !changed {
			return err
		}
		return tx.Audit(now, asset.Seller, PrincipalFrom(ctx).Credential, "guide.asset.put", assetName(asset.Seller, asset.Guide, asset.Path), asset.Name)
	})
	if err == nil { // unchanged, too: what came before may have ended between the two
		err = s.freshen(ctx, asset.Seller, asset.Guide)
	}
	if err != nil {
		return nil, err
	}
	return assetToProto(kept), nil
}

// ListGuideAssets lists the pictures of a guide by path; NotFound where there is neither the guide nor a picture of it.
func (s *Guides) ListGuideAssets(ctx context.Context, req *pb.ListGuideAssetsRequest) (*pb.ListGuideAssetsResponse, error) {
	limit := pageSize(req.GetPageSize())
	after, err := pageToken(req.GetPageToken())
	if err != nil {
		return nil, err
	}
	var listed []troubleshoot.GuideAsset
	if err := s.store.View(ctx, func(tx *store.Tx) (err error) {
		if listed, err = tx.Assets(req.GetSeller(), req.GetGuide(), after, limit+1); err == nil && len(listed) == 0 {
			_, err = tx.Guide(req.GetSeller(), req.GetGuide())
		}
		return err
	}); err != nil {
		return nil, err
	}
	reply := &pb.ListGuideAssetsResponse{}
	listed, reply.NextPageToken = onePage(listed, limit, func(a troubleshoot.GuideAsset) string { return a.Path })
	for _, a := range listed {
		reply.Assets = append(reply.Assets, assetToProto(a))
	}
	return reply, nil
}

// DeleteGuideAsset forgets the path of a picture.
func (s *Guides) DeleteGuideAsset(ctx context.Context, req *pb.DeleteGuideAssetRequest) (*emptypb.Empty, error) {
	now := s.now()
	err := s.store.Update(ctx, func(tx *store.Tx) error {
		if err := tx.DeleteAsset(req.GetSeller(), req.GetGuide(), req.GetPath()); err != nil {
			return err
		}
		return tx.Audit(now, req.GetSeller(), PrincipalFrom(ctx).Credential, "guide.asset.delete",
			assetName(req.GetSeller(), req.GetGuide(), req.GetPath()), "")
	})
	if err == nil {
		err = s.freshen(ctx, req.GetSeller(), req.GetGuide())
	}
	return &emptypb.Empty{}, err
}

func assetName(seller, guide, path string) string {
	return guideName(seller, guide) + "/assets/" + path
}

func assetToProto(a troubleshoot.GuideAsset) *pb.GuideAsset {
	return &pb.GuideAsset{
		Name: assetName(a.Seller, a.Guide, a.Path), Path: a.Path, Uri: a.URI(), ContentType: a.ContentType, SizeBytes: int32Of(a.Size),
		Width: int32Of(a.Width), Height: int32Of(a.Height), CreateTime: timeToProto(a.CreateTime), Sha256: a.SHA256,
	}
}
