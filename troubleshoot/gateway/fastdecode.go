package gateway

import (
	"strings"
	"time"
	"unicode/utf8"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	pb "github.com/fixfirst/fixfirst/proto/fixfirst/v1"
)

// fastDecodeLimit bounds the bodies that the fast decoder takes. Its strings share one copy of the body, which a kept
// field would hold in memory as a whole.
const fastDecodeLimit = 8 << 10

// decodeIntercept reads the JSON that storefronts really send: known names in lowerCamelCase, each once, strings
// without \u escapes, UTC times, plain numbers. It reports false for all else, errors included, and leaves req in any
// state then; protojson decides, so that meaning and error texts are always protojson's.
func decodeIntercept(body []byte, req *pb.InterceptReturnRequest) bool {
	if len(body) > fastDecodeLimit || !utf8.Valid(body) {
		return false
	}
	proto.Reset(req)
	p := &scanner{s: string(body)}
	var seen fieldSet
	p.object(func(name string) {
		switch name {
		case "orderLine":
			seen.once(p, 0)
			req.OrderLine = p.orderLine()
		case "reason":
			seen.once(p, 1)
			req.Reason = p.text()
		case "comment":
			seen.once(p, 2)
			req.Comment = p.text()
		case "shopper":
			seen.once(p, 3)
			req.Shopper = p.text()
		case "locale":
			seen.once(p, 4)
			req.Locale = p.text()
		case "refundUrl":
			seen.once(p, 5)
			req.RefundUrl = p.text()
		default:
			p.bad = true
		}
	})
	return p.end()
}

// fieldSet has a bit for each field of a message that was seen.
type fieldSet uint16

func (s *fieldSet) once(p *scanner, field int) {
	if *s&(1<<field) != 0 {
		p.bad = true
	}
	*s |= 1 << field
}

func (p *scanner) orderLine() *pb.OrderLine {
	line := &pb.OrderLine{}
	var seen fieldSet
	p.object(func(name string) {
		switch name {
		case "seller":
			seen.once(p, 0)
			line.Seller = p.text()
		case "orderId":
			seen.once(p, 1)
			line.OrderId = p.text()
		case "lineId":
			seen.once(p, 2)
			line.LineId = p.text()
		case "sku":
			seen.once(p, 3)
			line.Sku = p.text()
		case "quantity":
			seen.once(p, 4)
			line.Quantity = p.int32()
		case "unitPrice":
			seen.once(p, 5)
			line.UnitPrice = p.money()
		case "deliveredTime":
			seen.once(p, 6)
			line.DeliveredTime = p.timestamp()
		case "withdrawalDeadline":
			seen.once(p, 7)
			line.WithdrawalDeadline = p.timestamp()
		default:
			p.bad = true
		}
	})
	return line
}

func (p *scanner) money() *pb.Money {
	money := &pb.Money{}
	var seen fieldSet
	p.object(func(name string) {
		switch name {
		case "amount":
			seen.once(p, 0)
			money.Amount = p.text()
		case "currencyCode":
			seen.once(p, 1)
			money.CurrencyCode = p.text()
		default:
			p.bad = true
		}
	})
	return money
}

// timestamp passes over an RFC 3339 time in UTC with up to nine digits of a second, parsed as protojson does.
func (p *scanner) timestamp() *timestamppb.Timestamp {
	p.space()
	s := p.plain()
	if p.bad || len(s) > len("2006-01-02T15:04:05.999999999Z") || !strings.HasSuffix(s, "Z") {
		p.bad = true
		return nil
	}
	t, err := time.Parse(time.RFC3339Nano, s)
	if err != nil || t.Unix() < minTimestamp || t.Unix() > maxTimestamp {
		p.bad = true
		return nil
	}
	return &timestamppb.Timestamp{Seconds: t.Unix(), Nanos: int32(t.Nanosecond())}
}
