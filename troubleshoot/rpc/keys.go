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
	key, secret, err := NewKey(wanted, now)
	if err != nil {
		return nil, err
	}
	if err := s.store.Update(ctx, func(tx *store.Tx) error {
		if err := tx.KeepKey(key); err != nil {
			return err
		}
		return tx.Audit(now, key.Seller, caller.Credential, "key.create", "keys/"+key.ID, "")
	}); err != nil {
		return nil, err
	}
	return keyToProto(key, secret), nil
}

// ListKeys lists the keys that the caller may see, newest first.
func (s *Keys) ListKeys(ctx context.Context, req *pb.ListKeysRequest) (*pb.ListKeysResponse, error) {
	seller, limit := req.GetSeller(), pageSize(req.GetPageSize())
	if bound := PrincipalFrom(ctx).Seller; bound != "" {
		seller = bound
	}
	before, err := pageToken(req.GetPageToken())
	if err != nil {
		return nil, err
	}
	var keys []troubleshoot.Key
	if err := s.store.View(ctx, func(tx *store.Tx) (err error) {
		keys, err = tx.Keys(seller, before, limit+1)
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

// DeleteKey revokes a key. Another seller's key is missing.
func (s *Keys) DeleteKey(ctx context.Context, req *pb.DeleteKeyRequest) (*emptypb.Empty, error) {
	caller, now := PrincipalFrom(ctx), s.now()
	err := s.store.Update(ctx, func(tx *store.Tx) error {
		key, err := tx.Key(req.GetKey())
		if err == nil && !caller.SeesSeller(key.Seller) {
			err = troubleshoot.Missing("key", req.GetKey())
		}
		if err != nil {
			return err
		}
		if err := tx.RevokeKey(key.ID, now); err != nil {
			return err
		}
		return tx.Audit(now, key.Seller, caller.Credential, "key.revoke", "keys/"+key.ID, "")
	})
	if err != nil {
		return nil, err
	}
	return &emptypb.Empty{}, nil
}
