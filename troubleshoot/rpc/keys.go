package rpc

import (
	"context"
	"crypto/rand"
	"fmt"
	"time"

	"google.golang.org/protobuf/types/known/emptypb"

	pb "github.com/fixfirst/fixfirst/proto/fixfirst/v1"
	"github.com/fixfirst/fixfirst/store"
	"github.com/fixfirst/fixfirst/troubleshoot"
	"github.com/fixfirst/fixfirst/troubleshoot/access"
)

// Keys serves KeysService.
type Keys struct {
	pb.UnimplementedKeysServiceServer
	store *store.Store
	now   func() time.Time
}

// NewKey completes a key that Check has passed with an id and a fresh secret; only the secret's hash is in it.
func NewKey(key troubleshoot.Key, now time.Time) (troubleshoot.Key, string, error) {
	var random [32]byte
	rand.Read(random[:]) // crypto/rand never fails: it ends the program instead
	return mintedKey(key, random, now)
}

func mintedKey(key troubleshoot.Key, random [32]byte, now time.Time) (troubleshoot.Key, string, error) {
	secret := access.Mint(random)
	hash, err := access.ParseSecret(secret)
	if err != nil {
		return key, "", fmt.Errorf("mint key: %w", err)
	}
	key.ID, key.Hash, key.Prefix, key.CreateTime = store.NewID(now), hash[:], access.Prefix(secret), now.UTC().Truncate(time.Microsecond)
	return key, secret, nil
}

// CreateKey makes a key. A caller that is bound to a seller makes keys of that seller alone, and no ADMIN.
func (s *Keys) CreateKey(ctx context.Context, req *pb.CreateKeyRequest) (*pb.Key, error) {
	caller, now := PrincipalFrom(ctx), s.now()
	wanted, err := keyFromProto(req, now)
	if err != nil {
		return nil, err
	}
	if caller.Seller != "" {
		wanted.Seller = caller.Seller
	}
	if wanted.Role == troubleshoot.RoleAdmin && caller.Role != troubleshoot.RoleAdmin {
		return nil, troubleshoot.Errorf(troubleshoot.PermissionDenied, "role: only an ADMIN makes ADMIN keys")
	}
	wanted.Creator = caller.Credential
	if wanted.RequestID, err = requestIDOf(ctx, req.GetRequestId()); err != nil {
		return nil, err
	}
	key, secret, err := s.newKey(wanted, now)
	if err != nil {
		return nil, err
	}
	if err := s.store.Update(ctx, func(tx *store.Tx) error {
		if known, err := sameKeyRequest(tx, wanted); err != nil || known.ID != "" {
			key = known
			return err
		}
		if err := tx.KeepKey(key); err != nil {
			return err
		}
		return tx.Audit(now, key.Seller, caller.Credential, "key.create", keyPrefix+key.ID, "")
	}); err != nil {
		return nil, err
	}
	return keyToProto(key, secret), nil
}

// newKey is NewKey, but the same request makes the same secret again.
func (s *Keys) newKey(wanted troubleshoot.Key, now time.Time) (troubleshoot.Key, string, error) {
	if wanted.RequestID == "" {
		return NewKey(wanted, now)
	}
	return mintedKey(wanted, s.store.Secrets().KeyRandom(wanted.Creator, wanted.RequestID), now)
}

// sameKeyRequest gives the key that this request id of this caller made before, or none; with another body the id is Aborted.
func sameKeyRequest(tx *store.Tx, wanted troubleshoot.Key) (troubleshoot.Key, error) {
	if wanted.RequestID == "" {
		return troubleshoot.Key{}, nil
	}
	known, err := tx.KeyOfRequest(wanted.Creator, wanted.RequestID)
	switch {
	case troubleshoot.CodeOf(err) == troubleshoot.NotFound:
		return troubleshoot.Key{}, nil
	case err != nil:
		return troubleshoot.Key{}, err
	case !known.SameRequest(wanted):
		return troubleshoot.Key{}, troubleshoot.Errorf(troubleshoot.Aborted, "requestId: was used for another key; use a new one for a new request")
	}
	return known, nil
}

// ListKeys lists the keys that the caller may see, newest first.
func (s *Keys) ListKeys(ctx context.Context, req *pb.ListKeysRequest) (*pb.ListKeysResponse, error) {
	caller, limit := PrincipalFrom(ctx), pageSize(req.GetPageSize())
	f := store.KeyFilter{Seller: req.GetSeller(), Limit: limit + 1}
	if caller.Seller != "" {
		f.Seller = caller.Seller
	}
	if caller.Role != troubleshoot.RoleAdmin {
		f.Without = troubleshoot.RoleAdmin
	}
	var err error
	if f.Before, err = pageToken(req.GetPageToken()); err != nil {
		return nil, err
	}
	var keys []troubleshoot.Key
	if err := s.store.View(ctx, func(tx *store.Tx) (err error) {
		keys, err = tx.Keys(f)
		return err
	}); err != nil {
		return nil, err
	}
	reply := &pb.ListKeysResponse{}
	keys, reply.NextPageToken = onePage(keys, limit, func(k troubleshoot.Key) string { return k.ID })
	for _, key := range keys {
		reply.Keys = append(reply.Keys, keyToProto(key, ""))
	}
	return reply, nil
}

// DeleteKey revokes a key. Another seller's key is missing, and to all but an ADMIN an ADMIN's is.
func (s *Keys) DeleteKey(ctx context.Context, req *pb.DeleteKeyRequest) (*emptypb.Empty, error) {
	caller, now := PrincipalFrom(ctx), s.now()
	err := s.store.Update(ctx, func(tx *store.Tx) error {
		key, err := tx.Key(req.GetKey())
		if err == nil && !caller.SeesKey(key) {
			err = troubleshoot.Missing("key", req.GetKey())
		}
		if err != nil {
			return err
		}
		if err := tx.RevokeKey(key.ID, now); err != nil {
			return err
		}
		return tx.Audit(now, key.Seller, caller.Credential, "key.revoke", keyPrefix+key.ID, "")
	})
	if err != nil {
		return nil, err
	}
	return &emptypb.Empty{}, nil
}
