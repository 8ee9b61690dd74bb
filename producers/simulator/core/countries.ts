// Where buyers are: the feed's country codes and names, their share of sales, and their hours from UTC.
import { lines } from './random.ts'

export interface Country {
  readonly code: string
  /** As the feed writes it, PayPal's long names included. */
  readonly name: string
  /** Share of all items sold; shares add up to 1. */
  readonly share: number
  /** Hours from UTC (standard time, no summer time), one per equal part of the population. */
  readonly hoursFromUtc: readonly number[]
}

/** Items per country in the sample of a million: the rest shares what is left, in the order below. */
const COUNTED = lines(`
us 398999, gb 149124, de 86589, au 55761, ca 42451, fr 39250, jp 32544, nl 17106, ch 16214, es 11784,
it 11780, be 10842, ru 9325, ie 9021, se 8953`)
  .join(' ')
  .split(',')
  .map(pair => Number(pair.trim().split(' ')[1]))
const SAMPLE_ITEMS = 1_000_000

/** The k-th other country weighs (k + 9)^-1.7: from just under Sweden to about 50 in a million. */
const TAIL_SHIFT = 9
const TAIL_EXPONENT = -1.7
/** Codes that are no countries of ISO 3166 come now and then only: a fifth of what their place would give. */
const ODD_CODES = new Set(['c2', 'an', 'xk', 'hy', 'hm'])
const ODD_FACTOR = 0.2

const TABLE = lines(`
us|United States|-5,-5,-5,-6,-6,-8
gb|United Kingdom|0
de|Germany|1
au|Australia|10,10,10,8
ca|Canada|-5,-5,-7,-8
fr|France|1
jp|Japan|9
nl|Netherlands|1
ch|Switzerland|1
es|Spain|1
it|Italy|1
be|Belgium|1
ru|Russian Federation|3,3,5
ie|Ireland|0
se|Sweden|1
nz|New Zealand|12
dk|Denmark|1
no|Norway|1
at|Austria|1
pl|Poland|1
fi|Finland|2
mx|Mexico|-6
br|Brazil|-3
pt|Portugal|0
gr|Greece|2
kr|Republic of Korea|9
cz|Czech Republic|1
cl|Chile|-4
ar|Argentina|-3
hu|Hungary|1
tw|Taiwan|8
sg|Singapore|8
hk|Hong Kong|8
ro|Romania|2
il|Israel|2
tr|Turkey|3
co|Colombia|-5
ua|Ukraine|2
za|South Africa|2
is|Iceland|0
ee|Estonia|2
hr|Croatia|1
si|Slovenia|1
in|India|5.5
lt|Lithuania|2
th|Thailand|7
my|Malaysia|8
id|Indonesia|7
ph|Philippines|8
lv|Latvia|2
bg|Bulgaria|2
sk|Slovakia|1
lu|Luxembourg|1
rs|Serbia|1
pe|Peru|-5
ae|United Arab Emirates|4
cy|Cyprus|2
mt|Malta|1
ge|Georgia|4
cr|Costa Rica|-6
uy|Uruguay|-3
pr|Puerto Rico|-4
vn|Viet Nam|7
ec|Ecuador|-5
kz|Kazakhstan|5
c2|China|8
cn|China|8
by|Belarus|3
ma|Morocco|0
ke|Kenya|3
sa|Saudi Arabia|3
eg|Egypt|2
lb|Lebanon|2
gt|Guatemala|-6
pa|Panama|-5
do|Dominican Republic|-4
ng|Nigeria|1
mk|Macedonia|1
ba|Bosnia and Herzegovina|1
jo|Jordan|2
tn|Tunisia|1
kw|Kuwait|3
qa|Qatar|3
gh|Ghana|0
je|Jersey|0
gg|Guernsey|0
im|Isle of Man|0
tt|Trinidad and Tobago|-4
jm|Jamaica|-5
bo|Bolivia|-4
py|Paraguay|-4
sv|El Salvador|-6
hn|Honduras|-6
ni|Nicaragua|-6
md|Republic of Moldova|2
am|Armenia|4
az|Azerbaijan|4
al|Albania|1
me|Montenegro|1
lk|Sri Lanka|5.5
pk|Pakistan|5
bd|Bangladesh|6
np|Nepal|5.75
kh|Cambodia|7
mn|Mongolia|8
mo|Macau|8
re|Reunion|4
gp|Guadeloupe|-4
mq|Martinique|-4
gf|French Guiana|-3
nc|New Caledonia|11
pf|French Polynesia|-10
gi|Gibraltar|1
fo|Faroe Islands|0
gl|Greenland|-3
ad|Andorra|1
mc|Monaco|1
li|Liechtenstein|1
sm|San Marino|1
ax|Aland Islands|2
bh|Bahrain|3
om|Oman|4
iq|Iraq|3
dz|Algeria|1
sn|Senegal|0
ci|Cote d'Ivoire|0
cm|Cameroon|1
ug|Uganda|3
tz|United Republic of Tanzania|3
rw|Rwanda|2
et|Ethiopia|3
zm|Zambia|2
zw|Zimbabwe|2
bw|Botswana|2
na|Namibia|2
mz|Mozambique|2
ao|Angola|1
mg|Madagascar|3
mu|Mauritius|4
sc|Seychelles|4
bb|Barbados|-4
bs|Bahamas|-5
bm|Bermuda|-4
ky|Cayman Islands|-5
vg|British Virgin Islands|-4
vi|U.S. Virgin Islands|-4
aw|Aruba|-4
cw|Curacao|-4
an|Netherlands Antilles|-4
ag|Antigua and Barbuda|-4
lc|Saint Lucia|-4
vc|Saint Vincent and the Grenadines|-4
gd|Grenada|-4
dm|Dominica|-4
bz|Belize|-6
gy|Guyana|-4
sr|Suriname|-3
ht|Haiti|-5
xk|Kosovo|1
kg|Kyrgyzstan|6
uz|Uzbekistan|5
tj|Tajikistan|5
gu|Guam|10
fj|Fiji|12
pg|Papua New Guinea|10
ws|Samoa|13
to|Tonga|13
vu|Vanuatu|11
ck|Cook Islands|-10
mv|Maldives|5
bn|Brunei Darussalam|8
la|Lao People's Democratic Republic|7
mm|Myanmar|6.5
cv|Cape Verde|-1
gm|Gambia|0
ml|Mali|0
bf|Burkina Faso|0
bj|Benin|1
tg|Togo|0
cd|Democratic Republic of the Congo|1
mw|Malawi|2
ls|Lesotho|2
hy|Hyderabad|5.5
hm|Heard and McDonald Islands|5`)

function tailWeight(place: number, code: string): number {
  return (place + TAIL_SHIFT) ** TAIL_EXPONENT * (ODD_CODES.has(code) ? ODD_FACTOR : 1)
}

function countriesOf(table: readonly string[]): readonly Country[] {
  const rows = table.map(line => line.split('|') as [string, string, string])
  const counted = COUNTED.reduce((sum, items) => sum + items, 0)
  const tail = rows.slice(COUNTED.length).map(([code], place) => tailWeight(place, code))
  const tailSum = tail.reduce((sum, weight) => sum + weight, 0)
  const shareOf = (i: number) =>
    i < COUNTED.length
      ? COUNTED[i]! / SAMPLE_ITEMS
      : ((tail[i - COUNTED.length]! / tailSum) * (SAMPLE_ITEMS - counted)) / SAMPLE_ITEMS
  return rows.map(([code, name, hours], i) => ({
    code,
    name,
    share: shareOf(i),
    hoursFromUtc: hours.split(',').map(Number),
  }))
}

/** Every country of the feed, most sales first. */
export const COUNTRIES: readonly Country[] = countriesOf(TABLE)
