// Where sellers are: their cities and, with them, the currencies of the feed.
import { fraction, lines } from './random.ts'

export interface Place {
  /** What tags and the last keyword say: the city. */
  readonly city: string
  /** What the page says: "Brisbane, Australia". */
  readonly location: string
  readonly currency: string
  /** An index of SCRIPTS where names may be written in another script, or -1. */
  readonly script: number
}

/**
 * Share of sales by the seller's currency, in thousandths. USD is measured (45.6 %), the other seventeen are
 * not printed anywhere: guessed from where sellers are. Countries whose money the feed lacks sell in USD.
 */
const TABLE = lines(`
USD 455.6|Brooklyn, New York;Los Angeles, California;Chicago, Illinois;Portland, Oregon;Seattle, \
Washington;Oakland, California;Philadelphia, Pennsylvania;Austin, Texas;Detroit, Michigan;Atlanta, Georgia;\
Nashville, Tennessee;Minneapolis, Minnesota;Denver, Colorado;Boston, Massachusetts;Richmond, Virginia;New \
Orleans, Louisiana;Baltimore, Maryland;Kingston, Jamaica;São Paulo, Brazil;Buenos Aires, Argentina;Bogotá, \
Colombia;Seoul, South Korea;2;Kyiv, Ukraine;1;Moscow, Russia;1;Istanbul, Turkey;Cairo, Egypt;4;Nairobi, \
Kenya;Jakarta, Indonesia;Tbilisi, Georgia;6;Santiago, Chile;Lagos, Nigeria
GBP 204|London, UK;Manchester, UK;Bristol, UK;Glasgow, UK;Leeds, UK;Brighton, UK;Sheffield, UK;Cardiff, UK;\
Edinburgh, UK;Liverpool, UK;Newcastle upon Tyne, UK;Belfast, UK
EUR 202|Berlin, Germany;Hamburg, Germany;Cologne, Germany;Leipzig, Germany;Paris, France;Lyon, France;\
Amsterdam, Netherlands;Rotterdam, Netherlands;Brussels, Belgium;Ghent, Belgium;Madrid, Spain;Barcelona, \
Spain;Lisbon, Portugal;Rome, Italy;Milan, Italy;Bologna, Italy;Vienna, Austria;Dublin, Ireland;Helsinki, \
Finland;Athens, Greece;3;Vilnius, Lithuania;Tallinn, Estonia
AUD 37|Melbourne, Australia;Sydney, Australia;Brisbane, Australia;Perth, Australia;Adelaide, Australia
CAD 32|Montreal, Québec;Toronto, Ontario;Vancouver, British Columbia;Halifax, Nova Scotia;Calgary, Alberta
JPY 22|Tokyo, Japan;0;Osaka, Japan;0;Kyoto, Japan;0;Sapporo, Japan;0
SEK 9|Stockholm, Sweden;Gothenburg, Sweden;Malmö, Sweden
NZD 7|Auckland, New Zealand;Wellington, New Zealand;Dunedin, New Zealand
CHF 6|Zürich, Switzerland;Geneva, Switzerland;Lausanne, Switzerland
DKK 5|Copenhagen, Denmark;Aarhus, Denmark
PLN 5|Warsaw, Poland;Kraków, Poland;Gdańsk, Poland
NOK 5|Oslo, Norway;Bergen, Norway;Trondheim, Norway
CZK 2.5|Prague, Czech Republic;Brno, Czech Republic
ILS 2|Tel Aviv, Israel;5;Jerusalem, Israel;5
MXN 2|Mexico City, Mexico;Guadalajara, Mexico
HUF 1.4|Budapest, Hungary
SGD 0.8|Singapore
HKD 0.7|Hong Kong`)

interface CurrencyPlaces {
  readonly share: number
  readonly places: readonly Place[]
}

function placesOf(currency: string, list: string): readonly Place[] {
  const parts = list.split(';')
  return parts.flatMap((location, i) => {
    if (/^\d$/.test(location)) return []
    const next = parts[i + 1] ?? ''
    const script = /^\d$/.test(next) ? Number(next) : -1
    return [{ city: location.split(',')[0]!, location, currency, script }]
  })
}

const BY_CURRENCY: readonly CurrencyPlaces[] = TABLE.map(line => {
  const [head = '', list = ''] = line.split('|')
  const [currency = '', share] = head.split(' ')
  return { share: Number(share) / 1000, places: placesOf(currency, list) }
})

/** Second step of the two-dimensional golden ratio: independent of the genre's. */
const STEP = 0.5698402909980532

/** Where the artist of a rank lives: evenly spread, so that any stretch of ranks has the right currencies. */
export function placeOfRank(rank: number, phase: number): Place {
  let rest = fraction(rank * STEP + phase)
  for (const { share, places } of BY_CURRENCY) {
    // The first cities of a list are the bigger ones: the square leans to them.
    if (rest < share) return places[Math.floor((rest / share) ** 2 * places.length)]!
    rest -= share
  }
  return BY_CURRENCY[0]!.places[0]!
}
