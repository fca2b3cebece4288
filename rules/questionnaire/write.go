package questionnaire

import (
	"bytes"
	"encoding/json"
	"errors"
	"slices"
)

// fields writes a JSON object with its keys in one order.
type fields struct {
	keys []string
	vals []any
}

func (f *fields) add(key string, v any) {
	switch v := v.(type) {
	case string:
		if v == "" {
			return
		}
	case bool:
		if !v {
			return
		}
	case int:
		if v == 0 {
			return
		}
	}
	f.keys, f.vals = append(f.keys, key), append(f.vals, v)
}

func (f *fields) more(m map[string]json.RawMessage) {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	for _, k := range keys {
		f.add(k, m[k])
	}
}

// MarshalJSON writes the object.
func (f *fields) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, k := range f.keys {
		if i > 0 {
			b.WriteByte(',')
		}
		key, err := json.Marshal(k)
		if err != nil {
			return nil, err
		}
		val, err := json.Marshal(f.vals[i])
		if err != nil {
			return nil, err
		}
		b.Write(key)
		b.WriteByte(':')
		b.Write(val)
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

// MarshalJSON writes the extension as it came.
func (e Extension) MarshalJSON() ([]byte, error) { return e.Raw, nil }

// UnmarshalJSON keeps it as it comes.
func (e *Extension) UnmarshalJSON(b []byte) error {
	var head struct {
		URL string `json:"url"`
	}
	if err := json.Unmarshal(b, &head); err != nil {
		return err
	}
	if head.URL == "" {
		return errors.New("an extension without an address")
	}
	e.URL, e.Raw = head.URL, append(json.RawMessage{}, b...)
	return nil
}

// MarshalJSON writes a Questionnaire of FHIR R4.
func (q *Questionnaire) MarshalJSON() ([]byte, error) {
	f := &fields{}
	f.add("resourceType", "Questionnaire")
	f.add("id", q.ResourceID)
	f.add("language", q.Language)
	if len(q.Extension) > 0 {
		f.add("extension", q.Extension)
	}
	f.add("url", q.URL)
	f.add("version", q.Version)
	f.add("name", q.Name)
	f.add("title", q.Title)
	f.add("status", q.Status)
	if len(q.SubjectType) > 0 {
		f.add("subjectType", q.SubjectType)
	}
	f.add("description", q.Description)
	f.more(q.more)
	if len(q.Item) > 0 {
		f.add("item", q.Item)
	}
	return f.MarshalJSON()
}

// MarshalJSON writes an item.
func (i *Item) MarshalJSON() ([]byte, error) {
	f := &fields{}
	if len(i.Extension) > 0 {
		f.add("extension", i.Extension)
	}
	f.add("linkId", i.LinkID)
	f.more(i.more)
	f.add("prefix", i.Prefix)
	f.add("text", i.Text)
	f.add("type", string(i.Type))
	if len(i.EnableWhen) > 0 {
		f.add("enableWhen", i.EnableWhen)
		if i.Any {
			f.add("enableBehavior", "any")
		} else if len(i.EnableWhen) > 1 {
			f.add("enableBehavior", "all")
		}
	}
	f.add("required", i.Required)
	f.add("repeats", i.Repeats)
	f.add("readOnly", i.ReadOnly)
	f.add("maxLength", i.MaxLength)
	if len(i.Options) > 0 {
		f.add("answerOption", i.Options)
	}
	if len(i.Item) > 0 {
		f.add("item", i.Item)
	}
	return f.MarshalJSON()
}

// MarshalJSON writes a condition.
func (c Condition) MarshalJSON() ([]byte, error) {
	f := &fields{}
	f.add("question", c.Question)
	f.add("operator", c.Operator)
	if c.Operator == "exists" {
		f.keys, f.vals = append(f.keys, "answerBoolean"), append(f.vals, c.Exists)
		return f.MarshalJSON()
	}
	key, v := c.Answer.named("answer")
	f.keys, f.vals = append(f.keys, key), append(f.vals, v)
	return f.MarshalJSON()
}

// MarshalJSON writes a choice.
func (o Option) MarshalJSON() ([]byte, error) {
	f := &fields{}
	if len(o.Extension) > 0 {
		f.add("extension", o.Extension)
	}
	key, v := o.Value.named("value")
	f.keys, f.vals = append(f.keys, key), append(f.vals, v)
	return f.MarshalJSON()
}

// named is the answer as one element: its name under a prefix, and its value.
func (a Answer) named(prefix string) (string, any) {
	switch {
	case a.Boolean != nil:
		return prefix + "Boolean", *a.Boolean
	case a.Decimal != "":
		return prefix + "Decimal", a.Decimal
	case a.Integer != nil:
		return prefix + "Integer", *a.Integer
	case a.Date != "":
		return prefix + "Date", a.Date
	case a.Time != "":
		return prefix + "Time", a.Time
	case a.URI != "":
		return prefix + "Uri", a.URI
	case a.Coding != nil:
		return prefix + "Coding", a.Coding
	case a.Quantity != nil:
		return prefix + "Quantity", a.Quantity
	case a.File != nil:
		return prefix + "Attachment", a.File
	}
	return prefix + "String", a.String
}
