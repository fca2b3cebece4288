package people

import "strings"

// browsers and systems are looked for in this order: each of those further
// down is also named by some of those above it.
var (
	browsers = [][2]string{{"SamsungBrowser", "Samsung Internet"}, {"Edg", "Edge"}, {"OPR", "Opera"}, {"Firefox", "Firefox"}, {"FxiOS", "Firefox"}, {"CriOS", "Chrome"}, {"Chrome", "Chrome"}, {"Safari", "Safari"}}
	systems  = [][2]string{{"iPhone", "iPhone"}, {"iPad", "iPad"}, {"Android", "Android"}, {"Windows", "Windows"}, {"CrOS", "a Chromebook"}, {"Macintosh", "Mac"}, {"Linux", "Linux"}}
)

// Device names a browser coarsely, as its owner would: "Firefox on Android".
// Nothing finer of what the browser says about itself is kept.
func Device(agent string) string {
	browser, system := first(browsers, agent), first(systems, agent)
	switch {
	case browser == "" && system == "":
		return "A browser"
	case system == "":
		return browser
	case browser == "":
		return "A browser on " + system
	}
	return browser + " on " + system
}

func first(of [][2]string, agent string) string {
	for _, one := range of {
		if strings.Contains(agent, one[0]) {
			return one[1]
		}
	}
	return ""
}
