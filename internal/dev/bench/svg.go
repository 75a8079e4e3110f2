// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"bytes"
	"fmt"
)

// Colours of the contenders, chosen to be told apart in grey, too.
var colours = map[string]string{dataName: "#b8c4ce", limitName: "#6b8299", providerName: "#d1495b"}

// chart draws a bar for each contender and step, a row of groups for each number of clients.
func chart(all []*series) []byte {
	const (
		bar, gap, group = 26, 6, 40
		height, margin  = 180, 60
	)
	width := margin + len(steps)*(len(contenders)*(bar+gap)+group)
	counts := sizes(all)
	var b bytes.Buffer
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" font-family="sans-serif" font-size="11">`+"\n", width, len(counts)*(height+margin)+margin)
	b.WriteString(`<rect width="100%" height="100%" fill="white"/>` + "\n")
	for i, name := range contenders {
		fmt.Fprintf(&b, `<rect x="%d" y="12" width="12" height="12" fill="%s"/><text x="%d" y="22">%s</text>`+"\n", margin+i*130, colours[name], margin+16+i*130, name)
	}
	for row, count := range counts {
		base := margin + row*(height+margin) + height
		fmt.Fprintf(&b, `<text x="8" y="%d" font-weight="bold">%d resources, seconds</text>`+"\n", base-height-6, count)
		most := 0.0
		for _, name := range contenders {
			for _, step := range steps {
				most = max(most, find(all, name, count).median(step).wall.Seconds())
			}
		}
		x := margin
		for _, step := range steps {
			fmt.Fprintf(&b, `<text x="%d" y="%d">%s</text>`+"\n", x, base+16, step)
			for _, name := range contenders {
				seconds := find(all, name, count).median(step).wall.Seconds()
				tall := 0.0
				if most > 0 {
					tall = seconds / most * (height - 24)
				}
				fmt.Fprintf(&b, `<rect x="%d" y="%.1f" width="%d" height="%.1f" fill="%s"/><text x="%d" y="%.1f" font-size="9">%.1f</text>`+"\n",
					x, float64(base)-tall, bar, tall, colours[name], x, float64(base)-tall-3, seconds)
				x += bar + gap
			}
			x += group
		}
	}
	b.WriteString("</svg>\n")
	return b.Bytes()
}
