package ui

import (
	"slices"
	"strings"
)

// zones are the time zones offered in a list: every zone that keeps a clock of
// its own today, by the city people know. Any other IANA name is still understood
// when it comes from a browser.
var zones = strings.Fields(`
Africa/Accra Africa/Addis_Ababa Africa/Algiers Africa/Cairo Africa/Casablanca Africa/Dakar
Africa/Harare Africa/Johannesburg Africa/Kampala Africa/Khartoum Africa/Kigali Africa/Kinshasa
Africa/Lagos Africa/Maputo Africa/Nairobi Africa/Tripoli Africa/Tunis Africa/Windhoek
America/Anchorage America/Asuncion America/Bogota America/Boise America/Caracas America/Chicago
America/Costa_Rica America/Denver America/Detroit America/Edmonton America/El_Salvador
America/Guatemala America/Guayaquil America/Halifax America/Havana America/Jamaica
America/La_Paz America/Lima America/Los_Angeles America/Managua America/Manaus
America/Mexico_City America/Monterrey America/Montevideo America/New_York America/Nuuk
America/Panama America/Phoenix America/Puerto_Rico America/Regina America/Santiago
America/Santo_Domingo America/Sao_Paulo America/St_Johns America/Tijuana America/Toronto
America/Vancouver America/Winnipeg America/Argentina/Buenos_Aires
Asia/Almaty Asia/Amman Asia/Baghdad Asia/Baku Asia/Bangkok Asia/Beirut Asia/Colombo Asia/Damascus
Asia/Dhaka Asia/Dubai Asia/Ho_Chi_Minh Asia/Hong_Kong Asia/Jakarta Asia/Jerusalem Asia/Kabul
Asia/Karachi Asia/Kathmandu Asia/Kolkata Asia/Kuala_Lumpur Asia/Kuwait Asia/Makassar Asia/Manila
Asia/Muscat Asia/Novosibirsk Asia/Nicosia Asia/Phnom_Penh Asia/Qatar Asia/Riyadh Asia/Seoul
Asia/Shanghai Asia/Singapore Asia/Taipei Asia/Tashkent Asia/Tbilisi Asia/Tehran Asia/Thimphu
Asia/Tokyo Asia/Ulaanbaatar Asia/Vladivostok Asia/Yangon Asia/Yekaterinburg Asia/Yerevan
Atlantic/Azores Atlantic/Bermuda Atlantic/Canary Atlantic/Cape_Verde Atlantic/Madeira
Atlantic/Reykjavik Atlantic/Stanley
Australia/Adelaide Australia/Brisbane Australia/Darwin Australia/Eucla Australia/Hobart
Australia/Lord_Howe Australia/Melbourne Australia/Perth Australia/Sydney
Europe/Amsterdam Europe/Athens Europe/Belgrade Europe/Berlin Europe/Brussels Europe/Bucharest
Europe/Budapest Europe/Chisinau Europe/Copenhagen Europe/Dublin Europe/Helsinki Europe/Istanbul
Europe/Kyiv Europe/Lisbon Europe/Ljubljana Europe/London Europe/Luxembourg Europe/Madrid
Europe/Malta Europe/Minsk Europe/Moscow Europe/Oslo Europe/Paris Europe/Prague Europe/Riga
Europe/Rome Europe/Sarajevo Europe/Sofia Europe/Stockholm Europe/Tallinn Europe/Tirane
Europe/Vienna Europe/Vilnius Europe/Warsaw Europe/Zagreb Europe/Zurich
Indian/Maldives Indian/Mauritius Indian/Reunion
Pacific/Apia Pacific/Auckland Pacific/Chatham Pacific/Fiji Pacific/Guam Pacific/Honolulu
Pacific/Kiritimati Pacific/Marquesas Pacific/Noumea Pacific/Pago_Pago Pacific/Port_Moresby
Pacific/Tahiti Pacific/Tongatapu
UTC`)

// renamed are old names that browsers still report; the cities are called otherwise now.
var renamed = map[string]string{
	"America/Buenos_Aires": "America/Argentina/Buenos_Aires",
	"America/Godthab":      "America/Nuuk",
	"Asia/Calcutta":        "Asia/Kolkata",
	"Asia/Katmandu":        "Asia/Kathmandu",
	"Asia/Rangoon":         "Asia/Yangon",
	"Asia/Saigon":          "Asia/Ho_Chi_Minh",
	"Atlantic/Faeroe":      "Atlantic/Faroe",
	"Europe/Kiev":          "Europe/Kyiv",
	"Etc/UTC":              "UTC",
	"Etc/GMT":              "UTC",
	"GMT":                  "UTC",
}

// ZoneNow is the present name of a zone: "Asia/Kolkata" for "Asia/Calcutta". Other
// names are given back as they are; whether a zone exists is not its question.
func ZoneNow(name string) string {
	if now := renamed[name]; now != "" {
		return now
	}
	return name
}

// Zones are the IANA zones to choose from, sorted by name.
func Zones() []string {
	out := slices.Clone(zones)
	slices.Sort(out)
	return out
}

// ZoneOptions are Zones for a Select, "Lisbon (Europe)". A chosen zone that is not
// among them is added, so that a detected zone can always be shown.
func ZoneOptions(chosen string) []Option {
	names, chosen := Zones(), ZoneNow(chosen)
	if chosen != "" && !slices.Contains(names, chosen) {
		names = append(names, chosen)
	}
	out := make([]Option, 0, len(names))
	for _, n := range names {
		out = append(out, Option{Value: n, Label: zoneLabel(n)})
	}
	slices.SortFunc(out, func(a, b Option) int { return strings.Compare(a.Label, b.Label) })
	return out
}

func zoneLabel(name string) string {
	area, _, found := strings.Cut(name, "/")
	if !found {
		return name
	}
	return ZoneCity(name) + " (" + area + ")"
}

// ZoneCity is the city in a zone's name: "New York" for "America/New_York".
func ZoneCity(zone string) string {
	zone = ZoneNow(zone)
	if i := strings.LastIndexByte(zone, '/'); i >= 0 {
		zone = zone[i+1:]
	}
	return strings.ReplaceAll(zone, "_", " ")
}
