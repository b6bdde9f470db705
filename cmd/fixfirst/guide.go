package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	"github.com/fixfirst/fixfirst/guides"
)

func (p *program) guideCommand() *cobra.Command {
	c := &cobra.Command{Use: "guide", Short: "Check, preview, upload and publish troubleshooting guides"}
	c.AddCommand(p.guideLintCommand(), p.guidePreviewCommand(), p.guidePushCommand(), p.guideListCommand(), p.guideGetCommand(), p.guideHistoryCommand(),
		p.guideDiffCommand(), p.guidePublishCommand(), p.guideRollbackCommand(), p.guideArchiveCommand(), p.guideSearchCommand())
	return c
}

// guideFile is a guide on this machine. Its id is the file's name without .md.
type guideFile struct{ path, id, markdown string }

// guideFiles reads markdown files, and those in folders, in the order of their paths. What a folder hides (.git) stays hidden.
func guideFiles(paths []string) ([]guideFile, error) {
	var all []guideFile
	for _, root := range paths {
		found := len(all)
		err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
			switch {
			case err != nil:
				return err
			case entry.IsDir() && path != root && strings.HasPrefix(entry.Name(), "."):
				return fs.SkipDir
			case entry.IsDir() || (path != root && filepath.Ext(path) != ".md"):
				return nil
			}
			f, err := readGuide(path)
			all = append(all, f)
			return err
		})
		if err != nil {
			return nil, err
		}
		if len(all) == found {
			return nil, fmt.Errorf("%s has no .md files", root)
		}
	}
	return all, nil
}

// readGuide reads no more of a file than tells that it is too large.
func readGuide(path string) (guideFile, error) {
	f := guideFile{path: path, id: strings.TrimSuffix(filepath.Base(path), ".md")}
	info, err := os.Stat(path)
	if err != nil {
		return f, err
	}
	if info.Size() > guides.MaxMarkdownBytes {
		return f, fmt.Errorf("%s: too large: %d bytes, the limit is %d", path, info.Size(), guides.MaxMarkdownBytes)
	}
	data, err := os.ReadFile(path)
	f.markdown = string(data)
	return f, err
}

// sellerFlags adds the flags of a command that speaks to a server about a seller's guides.
func (p *program) sellerFlags(c *cobra.Command, to *connection, seller *string) {
	p.connectionFlags(c, to)
	c.Flags().StringVar(seller, "seller", "", "whose guides they are")
}

// guideServer is a server and the seller whose guides a command is about.
type guideServer struct {
	*client
	seller string
}

func (p *program) guideServer(to connection, seller string) (guideServer, error) {
	if seller == "" {
		return guideServer{}, usageError{errors.New("--seller is missing: say whose guides they are")}
	}
	server, err := p.client(to)
	return guideServer{server, seller}, err
}

// path gives the address of a guide, or of all where id is empty.
func (s guideServer) path(id string) string {
	path := "/v1/sellers/" + url.PathEscape(s.seller) + "/guides"
	if id != "" {
		path += "/" + url.PathEscape(id)
	}
	return path
}

// lastOf gives the last part of a resource name.
func lastOf(name string) string { return name[strings.LastIndexByte(name, '/')+1:] }

// asJSON gives a server's message as it came, for -o json.
func asJSON(m proto.Message) json.RawMessage {
	data, err := protojson.Marshal(m)
	if err != nil { // only text that is not UTF-8 does that, and none comes out of a reply
		return json.RawMessage("null")
	}
	return data
}
