package rpc

import (
	"time"

	pb "github.com/fixfirst/fixfirst/proto/fixfirst/v1"
	"github.com/fixfirst/fixfirst/troubleshoot"
)

// keyPrefix begins the resource names of keys.
const keyPrefix = "keys/"

// keyFromProto reads what a new key shall be; its id, secret and times come when it is made.
func keyFromProto(req *pb.CreateKeyRequest, now time.Time) (troubleshoot.Key, error) {
	k := troubleshoot.Key{
		Role: troubleshoot.Role(req.GetRole()), Seller: req.GetSeller(), Expert: req.GetExpert(), DisplayName: req.GetDisplayName(),
		ExpireTime: timeFromProto(req.GetExpireTime()),
	}
	return k, k.Check(now)
}

// keyToProto shows a key, with its secret only where it was just made.
func keyToProto(k troubleshoot.Key, secret string) *pb.Key {
	shown := &pb.Key{
		Name: keyPrefix + k.ID, Role: pb.Key_Role(k.Role), Seller: k.Seller, Expert: k.Expert, DisplayName: k.DisplayName, Prefix: k.Prefix,
		CreateTime: timeToProto(k.CreateTime), ExpireTime: timeToProto(k.ExpireTime), RevokeTime: timeToProto(k.RevokeTime),
	}
	if secret != "" {
		shown.Secret = &secret
	}
	return shown
}
