package rpc

import (
	"context"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"
	"google.golang.org/grpc"

	pb "github.com/fixfirst/fixfirst/proto/fixfirst/v1"
	"github.com/fixfirst/fixfirst/store"
	"github.com/fixfirst/fixfirst/troubleshoot"
	"github.com/fixfirst/fixfirst/troubleshoot/intercept"
	"github.com/fixfirst/fixfirst/troubleshoot/live"
)

// cachedRules bounds the compiled offerIf rules that are kept.
const cachedRules = 1024

// Services are all services of fixfirst.v1 over one store.
type Services struct {
	Returns  *Returns
	Guides   *Guides
	Sessions *Sessions
	Sellers  *Sellers
	Keys     *Keys
	Reports  *Reports
	Experts  *Experts
}

// NewServices makes the services; now is the clock of all that they decide and record, hub tells whom it concerns.
func NewServices(s *store.Store, hub *live.Hub, now func() time.Time) (*Services, error) {
	rules, err := newRuleCache()
	if err != nil {
		return nil, err
	}
	replies, err := lru.New[replyKey, *pb.Guide](keptReplies)
	if err != nil {
		return nil, err
	}
	sessions := &Sessions{store: s, now: now, hub: hub}
	return &Services{
		Returns:  &Returns{store: s, now: now, rules: rules, tokenKey: s.Secrets().TokenKey()},
		Guides:   &Guides{store: s, now: now, replies: replies, decoder: newDecoder()},
		Sessions: sessions,
		Experts:  &Experts{store: s, now: now, hub: hub, sessions: sessions},
		Sellers:  &Sellers{store: s, now: now, rules: rules},
		Keys:     &Keys{store: s, now: now},
		Reports:  &Reports{store: s, now: now},
	}, nil
}

// Register puts all services on r.
func (s *Services) Register(r grpc.ServiceRegistrar) {
	pb.RegisterReturnsServiceServer(r, s.Returns)
	pb.RegisterGuidesServiceServer(r, s.Guides)
	pb.RegisterSessionsServiceServer(r, s.Sessions)
	pb.RegisterSellersServiceServer(r, s.Sellers)
	pb.RegisterKeysServiceServer(r, s.Keys)
	pb.RegisterReportsServiceServer(r, s.Reports)
	pb.RegisterExpertsServiceServer(r, s.Experts)
}

// KeyLookup finds API keys in the store, for the chain's authentication.
func KeyLookup(s *store.Store) func(context.Context, [32]byte) (troubleshoot.Key, error) {
	return func(ctx context.Context, hash [32]byte) (troubleshoot.Key, error) {
		var key troubleshoot.Key
		err := s.View(ctx, func(tx *store.Tx) (err error) {
			key, err = tx.KeyByHash(hash)
			return err
		})
		if err != nil { // key may still be written to
			return troubleshoot.Key{}, err
		}
		return key, nil
	}
}

// ruleCache keeps compiled rules by their text, which never changes its meaning.
type ruleCache struct {
	rules    *intercept.Rules
	compiled *lru.Cache[string, *intercept.Rule]
}

func newRuleCache() (*ruleCache, error) {
	rules, err := intercept.NewRules()
	if err != nil {
		return nil, err
	}
	compiled, err := lru.New[string, *intercept.Rule](cachedRules)
	return &ruleCache{rules, compiled}, err
}

func (c *ruleCache) get(expression string) (*intercept.Rule, error) {
	if expression == "" {
		return nil, nil
	}
	if rule, ok := c.compiled.Get(expression); ok {
		return rule, nil
	}
	rule, err := c.rules.Compile(expression)
	if err == nil {
		c.compiled.Add(expression, rule)
	}
	return rule, err
}
