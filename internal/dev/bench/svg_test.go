// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"math"
	"strconv"
	"strings"
	"testing"
	"time"
)

// figures are a measurement in which each contender takes another multiple of a second for each step.
func figures(counts ...int) (all []*series) {
	for _, count := range counts {
		for i, name := range contenders {
			s := &series{name: name, count: count, steps: map[string][]sample{}}
			for j, step := range steps {
				s.steps[step] = []sample{{wall: time.Duration((i+1)*(j+1)*count) * 100 * time.Millisecond}}
			}
			all = append(all, s)
		}
	}
	return append(all, &series{name: providerName, count: 1, steps: map[string][]sample{}})
}

// element is one of a chart, with its attributes.
type element struct {
	name string
	at   map[string]string
	text string
}

func elements(t *testing.T, svg []byte) (all []element) {
	t.Helper()
	d := xml.NewDecoder(bytes.NewReader(svg))
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return all
		}
		if err != nil {
			t.Fatalf("%v in\n%s", err, svg)
		}
		switch token := token.(type) {
		case xml.StartElement:
			if token.Name.Space != "http://www.w3.org/2000/svg" {
				t.Errorf("<%s> is not of SVG's namespace", token.Name.Local)
			}
			e := element{token.Name.Local, map[string]string{}, ""}
			for _, a := range token.Attr {
				e.at[a.Name.Local] = a.Value
			}
			all = append(all, e)
		case xml.CharData:
			if n := len(all); n > 0 {
				all[n-1].text += string(token)
			}
		}
	}
}

// number is an attribute that is one.
func (e element) number(t *testing.T, name string) float64 {
	t.Helper()
	f, err := strconv.ParseFloat(e.at[name], 64)
	if err != nil || math.IsNaN(f) || math.IsInf(f, 0) || f < 0 {
		t.Errorf("<%s %s=%q>: %v", e.name, name, e.at[name], err)
	}
	return f
}

// The chart is a well-formed picture with a bar for each contender, step and number of clients, as tall as its figure and within the
// picture, each beside its figure.
func TestChartIsAPicture(t *testing.T) {
	for name, all := range map[string][]*series{"two sizes": figures(300, 1000), "one size": figures(2), "nothing measured": {
		{name: dataName, count: 2}, {name: limitName, count: 2}, {name: providerName, count: 2},
	}} {
		t.Run(name, func(t *testing.T) {
			drawn := elements(t, chart(all))
			if len(drawn) == 0 || drawn[0].name != "svg" {
				t.Fatalf("no picture: %v", drawn)
			}
			width, height := drawn[0].number(t, "width"), drawn[0].number(t, "height")
			var bars []element
			texts := map[string]int{}
			for _, e := range drawn[1:] {
				switch {
				case e.name == "text":
					texts[strings.TrimSpace(e.text)]++
				case e.name == "rect" && e.at["width"] == "26":
					bars = append(bars, e)
				}
				if e.at["width"] != "100%" && (e.number(t, "x") > width || e.number(t, "y") > height) {
					t.Errorf("%v is outside of %.0f × %.0f", e, width, height)
				}
			}
			counts := sizes(all)
			if want := len(counts) * len(steps) * len(contenders); len(bars) != want {
				t.Fatalf("%d bars, want %d", len(bars), want)
			}
			for row, count := range counts {
				for i, step := range steps {
					for j, name := range contenders {
						bar, seconds := bars[(row*len(steps)+i)*len(contenders)+j], find(all, name, count).median(step).wall.Seconds()
						most := find(all, providerName, count).median(steps[len(steps)-1]).wall.Seconds()
						if tall := bar.number(t, "height"); most > 0 && math.Abs(tall/156-seconds/most) > 0.001 || most == 0 && tall != 0 {
							t.Errorf("%d × %s, %s: the bar is %.1f tall for %.1f of %.1f s", count, name, step, tall, seconds, most)
						}
						if bar.at["fill"] != colours[name] || texts[strconv.FormatFloat(seconds, 'f', 1, 64)] == 0 {
							t.Errorf("%d × %s, %s: %v, without its colour or its figure", count, name, step, bar)
						}
					}
				}
			}
			for _, word := range append([]string{strconv.Itoa(counts[0]) + " resources, seconds"}, append(steps, contenders...)...) {
				if texts[word] == 0 {
					t.Errorf("%q is missing: %v", word, texts)
				}
			}
		})
	}
}
