package api

import (
	"encoding"
	"net/url"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/gin-gonic/gin"
)

// bind reads the query into a struct by the tags that also describe it to
// clients: `form` names a parameter, `enums`, `minimum`, `maximum`, `maxLength`
// and `default` bound it. Fields are string, int, or a pointer to a type that
// reads itself from text, which stays nil without a value. The error is
// [badParams] with every fault.
func bind(c *gin.Context, into any) error {
	values, err := url.ParseQuery(c.Request.URL.RawQuery)
	if err != nil {
		return badParam("query", "", "the query cannot be read: escape %% as %%25 and & as %%26")
	}
	var bad badParams
	v := reflect.ValueOf(into).Elem()
	for i := range v.NumField() {
		tag := v.Type().Field(i).Tag
		name := tag.Get("form")
		text := values.Get(name)
		if text == "" {
			text = tag.Get("default")
		}
		if text == "" {
			continue
		}
		if detail := setParam(v.Field(i), tag, text); detail != "" {
			bad = append(bad, inputFault{"/query/" + name, name + ": " + detail})
		}
	}
	if bad != nil {
		return bad
	}
	return nil
}

// setParam sets one field, or returns what is wrong with the text.
func setParam(field reflect.Value, tag reflect.StructTag, text string) string {
	if enums := tag.Get("enums"); enums != "" && !slices.Contains(strings.Split(enums, ","), text) {
		return strconv.Quote(shorten(text)) + " is not one of " + strings.ReplaceAll(enums, ",", ", ")
	}
	if most, err := strconv.Atoi(tag.Get("maxLength")); err == nil && utf8.RuneCountInString(text) > most {
		return "write at most " + strconv.Itoa(most) + " characters"
	}
	switch field.Kind() {
	case reflect.String:
		field.SetString(text)
	case reflect.Int:
		return setNumber(field, tag, text)
	default:
		value := reflect.New(field.Type().Elem())
		if err := value.Interface().(encoding.TextUnmarshaler).UnmarshalText([]byte(text)); err != nil {
			return err.Error()
		}
		field.Set(value)
	}
	return ""
}

func setNumber(field reflect.Value, tag reflect.StructTag, text string) string {
	n, err := strconv.Atoi(text)
	least, leastErr := strconv.Atoi(tag.Get("minimum"))
	most, mostErr := strconv.Atoi(tag.Get("maximum"))
	if err != nil || leastErr == nil && n < least || mostErr == nil && n > most {
		return strconv.Quote(shorten(text)) + " is not a whole number from " + tag.Get("minimum") + " to " + tag.Get("maximum")
	}
	field.SetInt(int64(n))
	return ""
}

// shorten keeps what is quoted back to a client short.
func shorten(text string) string {
	if r := []rune(text); len(r) > 40 {
		return string(r[:40]) + "..."
	}
	return text
}
