// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package metadata

import (
	"fmt"
	"math/big"
	"net/netip"
	"slices"
	"strings"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/jsonvalue"
)

// Check holds a configured document against the rules of the standards: what a specification forbids is an error, what
// is allowed but can't work, or is likely a slip, is a warning. The document is a registration request: its members
// are parameters, localized ones as name#tag, and extensions, which pass whatever they hold.
//
// Members in unknown are configured, but their values are not known yet (they may still turn out null). They are not
// looked at, and a rule that would need their value passes. Of a list that is known in part doc has the elements, with NotKnown in the
// place of each other one: the known ones are checked as those of any list, at their own indexes.
//
// A software_statement may supply any parameter (RFC 7591 §3.1.1), so beside one nothing is missing for certain.
//
// The problems come in the table's order, then those of rules between parameters; the order is the same at each call.
func Check(doc Document, unknown map[string]bool) []Problem {
	c := checker{doc: doc, unknown: unknown}
	c.stated = unknown["software_statement"] || !Absent(doc["software_statement"])
	c.public = !unknown[authMethod] && doc[authMethod] == "none"

	var exclusive []*Parameter
	for _, p := range table {
		v, ok := doc[p.Name]
		if !ok || v == nil || unknown[p.Name] && !knownInPart(v) {
			continue
		}
		c.value(p, p.Name, "", v)
		if p.Excludes != nil && !Absent(v) {
			c.exclusions(p, exclusive)
			exclusive = append(exclusive, p)
		}
	}
	c.others()
	c.rules()
	return c.problems
}

// value checks one value by its own row. Display is what the configuration calls it.
func (c *checker) value(p *Parameter, display, tag string, v any) {
	report := func(index int, summary, detail string) {
		c.add(Problem{Member: p.Name, Tag: tag, Index: index, Summary: summary, Detail: detail})
	}
	switch p.Kind {
	case StringList:
		if _, isString := v.(string); isString {
			report(whole, "Not a list", display+" must be a list of strings.")
			return
		}
		for i, e := range elements(v) {
			s, ok := e.(string)
			switch {
			case e == NotKnown:
			case !ok:
				report(i, "Not a string", fmt.Sprintf("%s[%d] must be a string.", display, i))
			case s == "":
				report(i, "Empty string", fmt.Sprintf(`%s[%d] is "", which cannot be registered. Remove the element.`, display, i))
			default:
				c.word(p, display, tag, i, s)
			}
		}
		c.repeated(p, display, tag, elements(v))
	case Integer:
		n, ok := normalizeInteger(v)
		if _, isString := v.(string); !ok || isString || Absent(v) {
			report(whole, "Not an integer", display+" must be a whole number.")
		} else if number, _ := jsonvalue.Number(n); !fits(number) {
			report(whole, "Number too large", display+" must be a whole number of at most 64 bits.")
		} else if p.NonNegative && strings.HasPrefix(number, "-") {
			report(whole, "Negative number", fmt.Sprintf("%s must not be below 0. See %s.", display, p.Spec))
		}
	case Boolean:
		if _, ok := v.(bool); !ok {
			report(whole, "Not a boolean", display+" must be true or false.")
		}
	case JWKSet, JSONObject:
		if v == "" {
			report(whole, "Empty string", emptyDetail(display))
			return
		}
		c.object(p, display, v)
	default:
		s, ok := v.(string)
		switch {
		case !ok:
			report(whole, "Not a string", display+" must be a string.")
		case s == "":
			report(whole, "Empty string", emptyDetail(display))
		case p.Kind == Scope:
			c.scope(display, s)
		default:
			c.word(p, display, tag, whole, s)
		}
	}
}

// fits reports whether a number is one of 64 bits, as an attribute holds. Servers register more.
func fits(number string) bool {
	exact, ok := new(big.Rat).SetString(number)
	return ok && exact.IsInt() && exact.Num().IsInt64()
}

func emptyDetail(display string) string {
	return display + ` is "", which cannot be registered: servers take it for "not set" or refuse it. Remove the attribute, or set it to null.`
}

// word checks one string, be it the value itself or element index of it.
func (c *checker) word(p *Parameter, display, tag string, index int, s string) {
	if p.Kind == URI || p.Elements == URI {
		c.uri(p, display, tag, index, s)
		return
	}
	report := func(summary, detail string, warning bool) {
		c.add(Problem{Member: p.Name, Tag: tag, Index: index, Summary: summary, Detail: detail, Warning: warning})
	}
	where := func() string { return at(display, index) } // only for a problem: it costs an allocation
	if p.WordSets {
		if s != strings.Join(strings.Fields(s), " ") {
			report("Invalid response type", where()+": the words of a response type are separated by one space each, with none before or after them (RFC 6749 §3.1.1).", false)
		}
		return
	}
	if slices.Contains(p.Forbidden, s) {
		report("Value not allowed", fmt.Sprintf("%s is %q, which the specification of this parameter excludes (%s). Choose another algorithm, such as %q.", where(), s, p.Spec, p.Values[0]), false)
		return
	}
	if p.Values != nil && !slices.Contains(p.Values, s) {
		known := func(v string) bool { return strings.EqualFold(v, strings.TrimSpace(s)) }
		i := slices.IndexFunc(p.Values, known)
		switch {
		case p.Closed:
			report("Value not allowed", fmt.Sprintf("%s must be one of %s (%s).", where(), quoted(p.Values), p.Spec), false)
		case i >= 0:
			report("Value differs in case or blanks", fmt.Sprintf("%s differs from a defined value only in capital letters or blanks, and servers compare letter by letter. Write %q.", where(), p.Values[i]), true)
		case index != whole && severalOf(p.Values, s):
			report("Several values in one element", where()+" holds several values; write each of them as an element of its own.", true)
		case p.WarnOthers:
			report("Unusual value", fmt.Sprintf("%s has a value that is not defined; the defined values are %s (%s). Servers may know others.", where(), quoted(p.Values), p.Spec), true)
		}
	}
	if p.Values == nil {
		if problem := strayCharacters(s); problem != "" {
			report("Stray characters", where()+" "+problem, true)
		}
	}
	switch p.Name {
	case "tls_client_auth_san_ip":
		if _, err := netip.ParseAddr(s); err != nil {
			report("Invalid IP address", where()+" is no IP address: write an IPv4 address as 192.0.2.1 or an IPv6 address as 2001:db8::1 (RFC 8705 §2.1.2).", false)
		}
	case "tls_client_auth_san_uri":
		if _, problem := parseAbsolute(s); problem != "" {
			report("Invalid URI", fmt.Sprintf("%s %s.", where(), problem), false)
		}
	case "software_statement":
		// A warning, because the server is the judge of what it trusts; but a path or a JSON file pasted in is a slip.
		if parts := strings.Split(s, "."); len(parts) != 3 || slices.Contains(parts, "") {
			report("Not a signed JWT", where()+" does not look like a signed JWT in compact form, three parts joined by dots (RFC 7591 §2.3).", true)
		}
	}
}

// scope checks RFC 6749 §3.3: scope-token *( SP scope-token ), scope-token = 1*( %x21 / %x23-5B / %x5D-7E ).
func (c *checker) scope(display, s string) {
	report := func(detail string) {
		// A warning: the grammar binds the request to the authorization server, and servers register what breaks it.
		c.add(Problem{Member: display, Index: whole, Summary: "Invalid scope", Detail: detail, Warning: true})
	}
	if strings.Contains(s, ",") {
		report(display + " has a comma; the words of a scope are separated by spaces, and a comma is part of a word (RFC 6749 §3.3).")
		return
	}
	seen := map[string]bool{}
	for word := range strings.SplitSeq(s, " ") {
		if seen[word] && word != "" {
			report(display + " has a word twice; once is enough.")
			return
		}
		seen[word] = true
		if word == "" {
			report(display + ": the words of a scope are separated by one space each, with none before or after them (RFC 6749 §3.3).")
			return
		}
		for _, r := range word {
			if r <= ' ' || r == '"' || r == '\\' || r > '~' {
				report(fmt.Sprintf("%s has the character %q; a scope holds printable ASCII without quotation marks and backslashes (RFC 6749 §3.3).", display, r))
				return
			}
		}
	}
}

// exclusions reports p beside each of the earlier parameters that it excludes.
func (c *checker) exclusions(p *Parameter, earlier []*Parameter) {
	for _, other := range earlier {
		if slices.Contains(p.Excludes, other.Name) {
			c.add(Problem{
				Member: p.Name, Index: whole, Summary: "Conflicting parameters",
				Detail: fmt.Sprintf("%s and %s exclude each other (%s). Remove one of them.", other.Name, p.Name, p.Spec),
			})
		}
	}
}

// others checks the members that are not a row's own: localized ones, and those that only the server may set.
func (c *checker) others() {
	var members []string
	for member, v := range c.doc {
		if v != nil && (strings.Contains(member, "#") || ServerAssigned(member)) {
			members = append(members, member)
		}
	}
	if members == nil {
		return
	}
	slices.SortFunc(members, func(a, b string) int {
		if d := strings.Compare(CanonicalMember(a), CanonicalMember(b)); d != 0 {
			return d
		}
		return strings.Compare(a, b)
	})
	previous := ""
	for _, member := range members {
		canonical := CanonicalMember(member)
		if ServerAssigned(member) {
			c.add(Problem{
				Member: member, Index: whole, Summary: "Assigned by the server",
				Detail: member + " is assigned by the server and never part of a registration request (RFC 7591 §3.2.1). Remove it from extension_metadata.",
			})
			continue
		}
		name, tag := splitAny(member)
		p, known := byName[name]
		if !known { // an extension may hold any member
			if canonical == previous {
				c.add(Problem{
					Member: member, Index: whole, Summary: "Repeated language",
					Detail: "extension_metadata has a member twice, with language tags that differ in letter case alone: they are compared without case (RFC 7591 §2.2). Remove one.",
				})
			}
			previous = canonical
			continue
		}
		if problem, bad := tagProblem(p, tag); bad {
			c.add(problem)
		} else if canonical == previous {
			c.add(Problem{
				Member: name, Tag: tag, Index: whole, Summary: "Repeated language",
				Detail: fmt.Sprintf("%s is set twice for the language %q: language tags are compared without case (RFC 7591 §2.2). Remove one.", name, tag),
			})
		} else if !c.unknown[member] || knownInPart(c.doc[member]) {
			c.value(p, member, tag, c.doc[member])
		}
		previous = canonical
	}
}

// splitAny is SplitTag that also parts "name#".
func splitAny(member string) (name, tag string) {
	name, tag, _ = strings.Cut(member, "#")
	return name, tag
}

// tagProblem tells why a parameter can't have this language tag.
func tagProblem(p *Parameter, tag string) (Problem, bool) {
	problem := Problem{Member: p.Name, Tag: tag, Index: whole}
	switch {
	case !p.Localizable:
		problem.Summary = "Not localizable"
		problem.Detail = p.Name + " is not for people to read and has no variants by language (RFC 7591 §2.2). Set it without a language tag."
	case tag == "":
		// Not parted again by SplitTag, so that it is the whole member: an update, a read and the next plan would not know whose value it is.
		problem.Member, problem.Summary = p.Name+"#", "Empty language tag"
		problem.Detail = fmt.Sprintf(`localized has %s under the language tag "", which is none. Name the language, or set %s without one.`, p.Name, p.Name)
		return problem, true
	case !WellFormedTag(tag):
		problem.Summary = "Invalid language tag"
		problem.Detail = fmt.Sprintf("%s has a language tag that is none of BCP 47 (RFC 5646 §2.1); tags look like %q, %q or %q.", p.Name, "ja", "pt-BR", "zh-Hant-TW")
		if strings.Contains(tag, "_") && WellFormedTag(strings.ReplaceAll(tag, "_", "-")) {
			problem.Detail += fmt.Sprintf(" Write %q.", strings.ReplaceAll(tag, "_", "-"))
		}
	default:
		return Problem{}, false
	}
	problem.Warning = p.Localizable // servers register names such as client_name#de_DE
	return problem, true
}

// CheckExtension tells why a member can't be set as extension metadata: what the table knows has an attribute of its
// own, where it is validated and compared by its own rules, and a second way to set it would be a conflict without an
// error.
//
// Neither a name that no standard has nor its language tag is repeated: the name of a member may come from a sensitive value, and Terraform does
// not hide what a provider prints. A key of localized is repeated only where it has the form of a tag (TagLike).
func CheckExtension(member string) (Problem, bool) {
	problem := Problem{Member: member, Index: whole}
	name, tag := splitAny(member)
	p, known := byName[name]
	switch {
	case member == "":
		problem.Summary, problem.Detail = "Empty name", "A member of extension_metadata has no name. Remove it."
	case ServerAssigned(name):
		problem.Summary = "Assigned by the server"
		problem.Detail = name + " is assigned by the server and never part of a registration request (RFC 7591 §3.2.1). Remove it from extension_metadata."
	case !known:
		return Problem{}, false
	case name == member:
		problem.Summary = "Not an extension"
		problem.Detail = fmt.Sprintf("%s is a client metadata parameter of %s and has an attribute of its own. Set it there, not in extension_metadata.", name, p.Spec)
	case p.Localizable && tag == "":
		problem.Summary = "Not an extension"
		problem.Detail = fmt.Sprintf("%s is %s with an empty language tag. Set %s as the attribute, not in extension_metadata.", member, name, name)
	case p.Localizable:
		problem.Summary = "Not an extension"
		problem.Detail = fmt.Sprintf("extension_metadata has %s with a language tag, which is a localized client metadata parameter. Set it as localized = { TAG = { %s = … } }, not in extension_metadata.", name, name)
	default:
		problem, _ = tagProblem(p, tag)
		problem.Member, problem.Tag = member, ""
	}
	return problem, true
}
