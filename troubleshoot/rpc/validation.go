package rpc

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"buf.build/gen/go/bufbuild/protovalidate/protocolbuffers/go/buf/validate"
	"buf.build/go/protovalidate"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	pb "github.com/fixfirst/fixfirst/proto/fixfirst/v1"
	"github.com/fixfirst/fixfirst/troubleshoot"
)

// imports are the streams whose handlers validate row by row, because a bad row must not end the stream.
var imports = map[string]bool{
	pb.ReturnsService_ImportIntercepts_FullMethodName: true,
	pb.ReturnsService_ImportOrderLines_FullMethodName: true,
	pb.SellersService_ImportItems_FullMethodName:      true,
}

func (c *Chain) validateUnary(ctx context.Context, req any, _ *grpc.UnaryServerInfo, handler grpc.UnaryHandler) (any, error) {
	if err := validateAny(req); err != nil {
		return nil, c.errors.toStatus(ctx, err)
	}
	return handler(ctx, req)
}

func (c *Chain) validateStream(srv any, stream grpc.ServerStream, info *grpc.StreamServerInfo, handler grpc.StreamHandler) error {
	if imports[info.FullMethod] {
		return handler(srv, stream)
	}
	return handler(srv, &guardedStream{ServerStream: stream, ctx: stream.Context(), received: validateAny})
}

func validateAny(msg any) error {
	if m, ok := msg.(proto.Message); ok {
		return Validate(m)
	}
	return nil
}

// Validate checks a message against the rules in its proto, and its times. The error is an InvalidArgument that names each
// wrong field as JSON spells it and says how to mend it, or Internal for rules that cannot be applied.
func Validate(msg proto.Message) error {
	var all []troubleshoot.Violation
	if err := protovalidate.Validate(msg); err != nil {
		var wrong *protovalidate.ValidationError
		if !errors.As(err, &wrong) {
			return &troubleshoot.Error{Code: troubleshoot.Internal, Message: "rules of a proto cannot be applied", Cause: err}
		}
		all = described(msg, wrong.Violations)
	}
	if all = append(all, unstorable(msg.ProtoReflect())...); len(all) > 0 {
		return invalidRequest(all)
	}
	return nil
}

// violations lists what is wrong with a message.
func violations(msg proto.Message) []troubleshoot.Violation {
	var e *troubleshoot.Error
	if errors.As(Validate(msg), &e) {
		return e.Violations
	}
	return nil
}

func described(msg proto.Message, found []*protovalidate.Violation) []troubleshoot.Violation {
	all := make([]troubleshoot.Violation, len(found))
	for i, v := range found {
		field := fieldAt(msg.ProtoReflect().Descriptor(), v.Proto.GetField())
		all[i] = troubleshoot.Violation{Field: jsonPath(v.Proto.GetField()), Description: description(v, field)}
	}
	return all
}

// fieldAt finds the field at the end of a path; nil where there is none. Violations of list items do not carry theirs.
func fieldAt(message protoreflect.MessageDescriptor, path *validate.FieldPath) protoreflect.FieldDescriptor {
	var field protoreflect.FieldDescriptor
	for _, element := range path.GetElements() {
		if message == nil {
			return nil
		}
		if field = message.Fields().ByName(protoreflect.Name(element.GetFieldName())); field == nil {
			return nil
		}
		message = field.Message()
	}
	return field
}

// jsonPath spells a field's path as JSON does: "events[3].eventTime".
func jsonPath(path *validate.FieldPath) string {
	var b strings.Builder
	for i, element := range path.GetElements() {
		if i > 0 {
			b.WriteByte('.')
		}
		b.WriteString(jsonName(element.GetFieldName()))
		switch at := element.GetSubscript().(type) {
		case *validate.FieldPathElement_Index:
			fmt.Fprintf(&b, "[%d]", at.Index)
		case *validate.FieldPathElement_StringKey:
			fmt.Fprintf(&b, "[%q]", at.StringKey)
		}
	}
	return b.String()
}

// jsonName turns order_line into orderLine, as protoc does.
func jsonName(name string) string {
	words := strings.Split(name, "_")
	for i, w := range words[1:] {
		if w != "" {
			words[i+1] = strings.ToUpper(w[:1]) + w[1:]
		}
	}
	return strings.Join(words, "")
}

// patternMeanings says in words what the patterns of the protos want; a test keeps it complete.
var patternMeanings = map[string]string{
	"^[A-Za-z0-9][A-Za-z0-9._~-]{0,62}$":    "must be 1 to 63 letters, digits or . _ ~ - and begin with a letter or digit",
	"^[A-Za-z0-9][A-Za-z0-9._~-]{0,127}$":   "must be 1 to 128 letters, digits or . _ ~ - and begin with a letter or digit",
	"^$|^[A-Za-z0-9][A-Za-z0-9._~-]{0,62}$": "must be empty or 1 to 63 letters, digits or . _ ~ - and begin with a letter or digit",
	`^[^\x00-\x1f\x7f]+$`:                   "must have at least one character and no control characters",
	`^https?://[^\s\x00-\x1f\x7f]+$`:        "must be a URL that begins with https:// or http:// and has no spaces",
	`^$|^https://[^\s\x00-\x1f\x7f]+$`:      "must be empty or a URL that begins with https:// and has no spaces",
	"^-?[0-9]{1,15}([.][0-9]{1,4})?$":       "must be a decimal number, written like 59.99",
	"^[A-Z]{3}$":                            "must be an ISO 4217 currency code, written like USD",
	"^$|^[0-9]{4}-[0-9]{2}-[0-9]{2}$":       "must be empty or a day, written like 2026-10-01",
	"^([0-9]{4}-)?[0-9]{2}-[0-9]{2}$":       "must be a day, written like 2026-12-25, or 12-25 for every year",
	"^([01][0-9]|2[0-3]):[0-5][0-9]$":       "must be a time of day, written like 09:00",

	"^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$": "must be a time of day, written like 17:30, or 24:00",
}

// description says what to do about a violation. Where protovalidate's own words say it, they stay.
func description(v *protovalidate.Violation, field protoreflect.FieldDescriptor) string {
	switch rule := v.Proto.GetRuleId(); {
	case rule == "required":
		return "is missing; it must be given"
	case rule == "string.pattern":
		if meaning, ok := patternMeanings[v.RuleValue.String()]; ok {
			return meaning
		}
	case rule == "string.min_len" && v.RuleValue.Uint() == 1:
		return "is empty; it must be given"
	case rule == "map.min_pairs":
		return "is empty; it must have at least one entry"
	case rule == "string.max_bytes":
		return fmt.Sprintf("is too long; it must be at most %d bytes", v.RuleValue.Uint())
	case field != nil && field.Enum() != nil:
		return "must be one of " + enumNames(field)
	}
	return v.Proto.GetMessage()
}

// enumNames lists the values that can be given: neither the one for "not said" nor those that the field's rules leave out.
func enumNames(field protoreflect.FieldDescriptor) string {
	rules, _ := proto.GetExtension(field.Options(), validate.E_Field).(*validate.FieldRules)
	if items := rules.GetRepeated().GetItems(); items != nil {
		rules = items
	}
	var names []string
	for i := range field.Enum().Values().Len() {
		value := field.Enum().Values().Get(i)
		number := int32(value.Number())
		if number != 0 && !slices.Contains(rules.GetEnum().GetNotIn(), number) && (len(rules.GetEnum().GetIn()) == 0 || slices.Contains(rules.GetEnum().GetIn(), number)) {
			names = append(names, string(value.Name()))
		}
	}
	return strings.Join(names, ", ")
}
