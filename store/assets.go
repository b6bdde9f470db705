package store

import (
	"time"

	"github.com/fixfirst/fixfirst/troubleshoot"
)

const selectAssets = `SELECT seller, guide, path, name, content_type, size, width, height, sha256, create_time FROM guide_assets
WHERE seller = $1 AND guide = $2`

func scanAsset(scan func(...any) error) (troubleshoot.GuideAsset, error) {
	var a troubleshoot.GuideAsset
	var created int64
	err := scan(&a.Seller, &a.Guide, &a.Path, &a.Name, &a.ContentType, &a.Size, &a.Width, &a.Height, &a.SHA256, &created)
	a.CreateTime = fromMicros(created)
	return a, err
}

// Asset gives the picture of a guide at a path, or NotFound.
func (tx *Tx) Asset(seller, guide, path string) (troubleshoot.GuideAsset, error) {
	a, err := scanAsset(tx.row(selectAssets+` AND path = $3`, seller, guide, path).Scan)
	return a, found(err, "asset", path)
}

// Assets lists pictures of a guide by path, those after a path ("" from the first).
func (tx *Tx) Assets(seller, guide, after string, limit int) ([]troubleshoot.GuideAsset, error) {
	rows, err := tx.query(selectAssets+` AND path > $3 ORDER BY path LIMIT $4`, seller, guide, after, limit)
	assets, err := collect(rows, err, scanAsset)
	return assets, wrap("list assets", err)
}

// AssetsOf gives all pictures of a guide by their paths; there are never more than MaxGuideAssets.
func (tx *Tx) AssetsOf(seller, guide string) (map[string]troubleshoot.GuideAsset, error) {
	all, err := tx.Assets(seller, guide, "", troubleshoot.MaxGuideAssets)
	byPath := make(map[string]troubleshoot.GuideAsset, len(all))
	for _, a := range all {
		byPath[a.Path] = a
	}
	return byPath, err
}

// PutAsset keeps a picture at its path, in place of another one there; the guide itself may come later. What is there already
// stays as it is, and changed is false. Beyond the guide's limits it is FailedPrecondition. a.Name must be that of the content.
func (tx *Tx) PutAsset(a troubleshoot.GuideAsset, content []byte, now time.Time) (kept troubleshoot.GuideAsset, changed bool, err error) {
	if err := tx.LockGuide(a.Seller, a.Guide); err != nil {
		return a, false, err
	}
	if err := tx.EnsureSeller(a.Seller, now); err != nil {
		return a, false, err
	}
	there, err := tx.Asset(a.Seller, a.Guide, a.Path)
	switch {
	case err == nil && there.Name == a.Name && there.SHA256 == a.SHA256:
		return there, false, nil
	case err != nil && troubleshoot.CodeOf(err) != troubleshoot.NotFound:
		return a, false, err
	}
	if err := tx.roomForAsset(a); err != nil {
		return a, false, err
	}
	if _, err := tx.exec(`INSERT INTO asset_blobs (name, seller, size, content) VALUES ($1, $2, $3, $4) ON CONFLICT (name) DO NOTHING`,
		a.Name, a.Seller, a.Size, content); err != nil {
		return a, false, wrap("keep content of asset", err)
	}
	a.CreateTime = fromMicros(micros(now)) // as it will be read
	_, err = tx.exec(`INSERT INTO guide_assets (seller, guide, path, name, content_type, size, width, height, sha256, create_time)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT (seller, guide, path) DO UPDATE SET name = excluded.name,
  content_type = excluded.content_type, size = excluded.size, width = excluded.width, height = excluded.height, sha256 = excluded.sha256,
  create_time = excluded.create_time`,
		a.Seller, a.Guide, a.Path, a.Name, a.ContentType, a.Size, a.Width, a.Height, a.SHA256, micros(now))
	return a, true, wrap("put asset", err)
}

// roomForAsset refuses a picture that is one too many for its guide, beside those at other paths.
func (tx *Tx) roomForAsset(a troubleshoot.GuideAsset) error {
	var others, size int
	err := tx.row(`SELECT COUNT(*), CAST(COALESCE(SUM(size), 0) AS BIGINT) FROM guide_assets WHERE seller = $1 AND guide = $2 AND path <> $3`,
		a.Seller, a.Guide, a.Path).Scan(&others, &size)
	switch {
	case err != nil:
		return wrap("count assets", err)
	case others >= troubleshoot.MaxGuideAssets:
		return troubleshoot.Errorf(troubleshoot.FailedPrecondition, "the guide has %d pictures already, which is the most; delete one first", others)
	case size+a.Size > troubleshoot.MaxGuideAssetBytes:
		return troubleshoot.Errorf(troubleshoot.FailedPrecondition, "the guide's pictures would have %d bytes in all, of %d that it may have; "+
			"delete some or make them smaller", size+a.Size, troubleshoot.MaxGuideAssetBytes)
	}
	return nil
}

// DeleteAsset forgets the path of a picture, or is NotFound. The content stays: revisions, which never change, may show it.
func (tx *Tx) DeleteAsset(seller, guide, path string) error {
	if err := tx.LockGuide(seller, guide); err != nil {
		return err
	}
	n, err := tx.exec(`DELETE FROM guide_assets WHERE seller = $1 AND guide = $2 AND path = $3`, seller, guide, path)
	if err == nil && n == 0 {
		return troubleshoot.Missing("asset", path)
	}
	return wrap("delete asset", err)
}

// AssetSize gives the bytes of a content by its name without reading it, or NotFound.
func (tx *Tx) AssetSize(name string) (int, error) {
	var size int
	err := tx.row(`SELECT size FROM asset_blobs WHERE name = $1`, name).Scan(&size)
	return size, found(err, "asset", name)
}

// AssetContent gives a content by its name, or NotFound.
func (tx *Tx) AssetContent(name string) ([]byte, error) {
	var content []byte
	err := tx.row(`SELECT content FROM asset_blobs WHERE name = $1`, name).Scan(&content)
	return content, found(err, "asset", name)
}
