package circle

// marked are letters with marks, by the letter that carries the marks: what
// Unicode calls their canonical decomposition, in the Latin, Greek and Cyrillic
// scripts, small letters only. Marks that stand by themselves are dropped.
var marked = map[rune]string{
	'a': "àáâãäåāăąǎǟǡǻȁȃȧḁạảấầẩẫậắằẳẵặ",
	'b': "ḃḅḇ",
	'c': "çćĉċčḉ",
	'd': "ďḋḍḏḑḓ",
	'e': "èéêëēĕėęěȅȇȩḕḗḙḛḝẹẻẽếềểễệ",
	'f': "ḟ",
	'g': "ĝğġģǧǵḡ",
	'h': "ĥȟḣḥḧḩḫẖ",
	'i': "ìíîïĩīĭįǐȉȋḭḯỉị",
	'j': "ĵǰ",
	'k': "ķǩḱḳḵ",
	'l': "ĺļľḷḹḻḽ",
	'm': "ḿṁṃ",
	'n': "ñńņňǹṅṇṉṋ",
	'o': "òóôõöōŏőơǒǫǭȍȏȫȭȯȱṍṏṑṓọỏốồổỗộớờởỡợ",
	'p': "ṕṗ",
	'r': "ŕŗřȑȓṙṛṝṟ",
	's': "śŝşšșṡṣṥṧṩ",
	't': "ţťțṫṭṯṱẗ",
	'u': "ùúûüũūŭůűųưǔǖǘǚǜȕȗṳṵṷṹṻụủứừửữự",
	'v': "ṽṿ",
	'w': "ŵẁẃẅẇẉẘ",
	'x': "ẋẍ",
	'y': "ýÿŷȳẏẙỳỵỷỹ",
	'z': "źżžẑẓẕ",
	'æ': "ǣǽ",
	'ø': "ǿ",
	'ſ': "ẛ",
	'ʒ': "ǯ",
	'ʹ': "ʹ",
	'α': "άἀἁἂἃἄἅἆἇὰάᾀᾁᾂᾃᾄᾅᾆᾇᾰᾱᾲᾳᾴᾶᾷ",
	'ε': "έἐἑἒἓἔἕὲέ",
	'η': "ήἠἡἢἣἤἥἦἧὴήᾐᾑᾒᾓᾔᾕᾖᾗῂῃῄῆῇ",
	'ι': "ΐίϊἰἱἲἳἴἵἶἷὶίιῐῑῒΐῖῗ",
	'ο': "όὀὁὂὃὄὅὸό",
	'ρ': "ῤῥ",
	'υ': "ΰϋύὐὑὒὓὔὕὖὗὺύῠῡῢΰῦῧ",
	'ω': "ώὠὡὢὣὤὥὦὧὼώᾠᾡᾢᾣᾤᾥᾦᾧῲῳῴῶῷ",
	'ϒ': "ϓϔ",
	'а': "ӑӓ",
	'г': "ѓ",
	'е': "ѐёӗ",
	'ж': "ӂӝ",
	'з': "ӟ",
	'и': "йѝӣӥ",
	'к': "ќ",
	'о': "ӧ",
	'у': "ўӯӱӳ",
	'ч': "ӵ",
	'ы': "ӹ",
	'э': "ӭ",
	'і': "ї",
	'ѵ': "ѷ",
	'ә': "ӛ",
	'ө': "ӫ",
}

// alike are letters that Unicode does not take apart and people do.
var alike = map[rune]string{
	'ß': "ss", 'æ': "ae", 'œ': "oe", 'ø': "o", 'ł': "l", 'đ': "d", 'ð': "d", 'þ': "th", 'ı': "i", 'ħ': "h", 'ŋ': "n", 'ς': "σ", 'ӕ': "ае",
}

var unmarked = func() map[rune]rune {
	out := map[rune]rune{}
	for base, all := range marked {
		for _, r := range all {
			out[r] = base
		}
	}
	return out
}()
