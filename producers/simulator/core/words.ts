// The word lists from which artists, releases and people are named: invented, by family and by script.
import type { Family } from './genres.ts'
import { words } from './random.ts'

export interface FamilyWords {
  /** Artists are named of `first` and `second`, releases and tracks of `mood` and `thing`. */
  readonly first: readonly string[]
  readonly second: readonly string[]
  readonly mood: readonly string[]
  readonly thing: readonly string[]
}

/** A word of another script with what stands for it in a URL. */
export interface ScriptWord {
  readonly text: string
  readonly latin: string
}

function family(first: string, second: string, mood: string, thing: string): FamilyWords {
  return { first: words(first), second: words(second), mood: words(mood), thing: words(thing) }
}

export const FAMILY_WORDS: Readonly<Record<Family, FamilyWords>> = {
  club: family(
    `Static Neon Pulsar Vanta Carbon Lumen Octave Ferric Solenoid Proxy Halogen Velvet Zenith Mono Quartz
    Ionic Delta Turbo Phantom Cobalt Axial Strobe Vector Ultra Silica Tectonic Kinetic Parallax Sodium Rotor
    Nocturne Binary Plasma Orbit Concrete Chroma Tidal Hex Subterra Gravel Mercury Copper`,
    `Depot Relay Motorik Foundry Arcade Syndicate Basement Circuit Function Lattice Protocol Tunnel Kiosk
    Terminal Engine Manifold Reactor Motel Gymnast Transit Signal Assembly Modul Plaza Elevator Dispatch
    Corridor Sequence Hangar Turbine Projekt Cartel Apparatus Voltage Garage Bureau Harbour Ritual Mechanics
    Ensemble Oscillator`,
    `Liquid Broken Midnight Hidden Endless Rubber Chrome Acid Distant Warm Hollow Electric Submerged Infinite
    Restless Soft Burning Lunar Second Inner Magnetic Elastic Sleepless Frozen Silver Slow Vertical
    Shattered Weightless Analogue Concrete Faded Heavy Double Strange Blue Lucid Radiant Empty Urban`,
    `Motion Dub Sequence Pattern Tool State Rush Memory Signal District Theory Circuit Voltage Groove Horizon
    Pressure System Transmission Chamber Drift Frequency Parade Function Machine Season Weather Layer Ritual
    Exit Network Shift Phase Room Cascade Tension Code Ascent Echo Window Resonance Fiction`,
  ),
  quiet: family(
    `Pale Winter Hushed Lantern Moss Feather Cloud Distant Salt Ashen Evening Glass Paper Willow Tundra
    Northern Silent Amber Slate Harbour Cedar Fog Opal Marrow Linen Vesper Estuary Lichen Drift Meridian
    Tallow Birch Ember Fallow Sable Hollow Solstice Aurora Chalk Quill Loess`,
    `Archive Orchard Cartography Observatory Choir Meadow Lighthouse Room Field Weather Station Almanac
    Garden Library Tide Institute Sleeper Horizon Cathedral Ensemble Fathom Valley Hours Atlas Parlour Lake
    Quartet Chapel Reservoir Isle Collector Chronicle Harbour Glacier Aviary Passage Study Monument
    Herbarium Society`,
    `Quiet Slow Pale Long Distant Hidden Unfinished First Last Northern Soft Sleeping Hollow White Still Deep
    Early Lost Small Invisible Gentle Rising Falling Inner Patient Endless Borrowed Remote Brief Blue Tender
    Weathered Faint Luminous Winter Open Circular Forgotten Submarine Secret`,
    `Light Rooms Rivers Letters Hours Water Landscapes Rain Stations Gardens Distance Memory Snow Islands
    Breath Shadows Maps Mornings Architecture Tides Studies Silence Fields Windows Dust Clouds Harbours
    Stars Variations Machines Birds Dreams Mountains Forest Pages Weather Years Echoes Lanterns Thresholds`,
  ),
  guitar: family(
    `Velvet Broken Plastic Cardinal Paper Sugar Rusty Gentle Bitter Crooked Golden Sunday Lazy Teenage Lemon
    Vacant Motel Satellite Electric Modern Wasted Holy Candy Suburban Ghost Cherry Phantom Dirty Summer
    Concrete Marble Awkward Honest Nervous Turbo Cosmic Feral Municipal Polite Rental`,
    `Wolves Parade Hotel Lovers Youth Dogs Cinema Daughters Skeleton Sweater Tigers Ambulance Carousel Motors
    Kites Widow Swimmers Committee Divers Rockets Bandits Teeth Neighbour Holiday Engine Saints Cowards
    Planet Orphans Lawyers Ladder Kingdom Sirens Pilots Cousins Riders Telephone Cult Avenue Mosquito`,
    `Broken Bad Blue Teenage Summer Wasted Cheap Last American Golden Electric Stupid Dead Strange Lonely
    Sweet Crooked Fast Young Ordinary Better Heavy Plastic Easy Bitter Good Ugly Perfect Second Modern Loud
    Nervous Holy Burning Free Sunday Pretty Silent Foreign Worst`,
    `Habit Weekend Kids Parking Lot Honey Heart Television Driver Teeth Attack Summer Luck Avenue Holiday
    Weather Fever Kitchen Riot Season Feeling Funeral Party Cigarette Radio Hospital Wedding Sunburn Machine
    Swimming Apology Letter Ceiling Sugar Mirror Winter Disaster Postcard Landlord Anthem`,
  ),
  metal: family(
    `Iron Grave Wither Ashen Blood Frost Plague Obsidian Carrion Thorn Crypt Wraith Void Hex Raven Doom Mourn
    Serpent Bone Abyssal Dread Night Gallows Ember Sorrow Rot Cursed Elder Black Vile Sepulchral Tyrant
    Crimson Funeral Basalt Pallid Wolf Storm Gloom Arcane`,
    `Monolith Throne Harvest Ritual Covenant Burial Crown Altar Tomb Maw Spire Hymn Wretch Reign Pyre Idol
    Legion Desecrator Shroud Cult Sanctum Hammer Omen Chalice Horde Tribunal Revenant Oath Warden Eclipse
    Dominion Cathedral Scourge Winter Descent Hunger Sermon Furnace Prophecy Vulture`,
    `Eternal Blackened Crawling Severed Frozen Ancient Fallen Endless Burning Blind Hollow Unholy Final
    Silent Wretched Bleeding Forgotten Buried Scorched Infernal Dying Sacred Nameless Twisted Rotting
    Lightless Ravenous Starless Profane Iron Crushing Colossal Withered Venomous Godless Spectral Grim
    Molten Hateful Vast`,
    `Winds Throne Graves Ashes Kingdom Blood Prophecy Flesh Rites Moon Flame Wolves Oblivion Wounds Mountain
    Torment Storm Gods Night Dominion Chains Void Decay Bones Procession War Serpents Altar Descent Silence
    Hammer Sun Earth Plague Legions Hymns Majesty Hunger Path Temple`,
  ),
  beats: family(
    `Golden Smoky Loose Marvellous Slick Dusty Royal Velvet Uptown Corner Heavy Crate Lucky Brother Sister
    Prime Verbal Mellow Grand Native Sugar Purple Solid Supreme Cool Humble Ruby Mighty Honey Clever
    Southside Offbeat Vintage Jade Rapid Concrete Sunny Bold Hazy Midtown`,
    `Scholar Kingpin Groove Alchemist Theory Method Preacher Professor Cassette Brass Soul Collective Ledger
    Verses Cipher Jones Sampler Chapter Tribe Sound Diamonds Notebook Express Orchestra Poet Lounge Vandal
    Strut Bakery Dialect Avenue Crew Clique Motion Crown Council Griot Tailor Sermon Ounce`,
    `Late Smooth Golden Concrete Lost Dusty Real Slow Higher Easy Summer Deep Double Cold Midnight Good Sweet
    Raw Hungry Lucky Heavy Sunday Brown Soft Bright Street Loose Open Hard Cloudy Free Rainy Mean Fresh Silk
    Tall Secret Holy Foggy Royal`,
    `Loops Change Love Summer Money Nights Blocks Talk Dreams Streets Tapes Soul Coffee Groove Rain Lessons
    Chronicles Vision Paper Time Train Game Sessions Motion Smoke Science Stories Honey City Strut Light
    Bounce Medicine Chapters Grain Ritual Keys Matters Gold Prayer`,
  ),
  folk: family(
    `Willow Sparrow Timber Cedar Copper River Hollow Prairie Rambling Juniper Bramble Lonesome Harvest Clover
    Stone Whistling Wren Barley Autumn Heather Old Hickory Meadow Candle Tin Rosin Blue Dusty Kindling Fern
    Larkspur Gravel Wooden Orchard Fiddle Foxglove Maple Pilgrim Salt Tallow`,
    `Hollow Brothers Sisters Ramblers Creek Road Ferry String Family Thistle Lantern Hill Almanac Valley
    Company Wanderer Porch Revival Fence Weavers Mill Hymnal Trio Crossing Stables Acre Gathering Bell
    Farewell Spring Union Oak Shepherd Harvest Letter Bridge Whistle Travellers Post Range`,
    `Old Long Lonesome Winter Wandering Quiet Blue Broken Wild Golden Homeward Tender Silver Dusty First
    Restless Empty Faithful Northern Summer Weary Simple Hollow Morning Evening Borrowed Lost Gentle Bitter
    Plain Rolling Sacred Distant Humble Early Wooden Autumn Green Lasting Fading`,
    `Road River Hills Home Song Letters Valley Rain Harvest Kitchen Sparrow Mountain Fire Garden Bones Water
    Waltz Ballad Orchard Fields Prayer Train Bridge Daughter Lullaby Stones Goodbye Sea Porch Ghost Winter
    Oak Lantern Meadow Hymn Miles Shore Whiskey Roots Promise`,
  ),
  jazz: family(
    `Blue Seventh Crescent Modal Uptown Cosmic Spirit Avenue Night Broken Brass Velvet Equinox Open Third
    Lunar Sunday Astral Corner Ivory Bent Green Copper Slow Ritual Nile Orbit Harlequin Indigo Double Spiral
    Hidden Radiant Sundial Upright Falling Distant Amber Silent Saffron`,
    `Quartet Trio Ensemble Quintet Orchestra Workshop Septet Society Collective Messengers Assembly Group
    Octet Conference Unit Company Arkestrette Project Philosophers Explorers Committee Congregation Union
    Duo Sextet Band Laboratory Travellers Elders Standard Conversation Syndicate Bureau Guild Circle Nonet
    Chamber Players Movement Experiment`,
    `Blue Spiral Modal Open Spiritual Late Early Lunar Solar Crooked Inner Sacred Free Bright Slow Minor
    Silent Eastern Western Nocturnal Second Hidden Golden Tender Broken Cosmic Ascending Ancient Seventh
    Rising Red Serene Winding Wandering Strange Sunlit Deep Circular Green Lasting`,
    `Suite Waltz Blues Dance Meditation Variations Prayer Journey Bells Avenue Conversation Lament Steps
    Changes Dialogue Ritual Song Mode Theme Portrait Ballad Sketch Invocation Equation Bridge Sunrise Rain
    March Impression Movement Reflection Elegy Garden Mantra Passage Corner Light Nocturne Fable Train`,
  ),
  pop: family(
    `Sugar Neon Cherry Pastel Bubble Honey Crystal Peach Lavender Glitter Plastic Candy Lunar Cotton Velvet
    Mint Daisy Rosy Disco Sparkle Paper Marble Tiny Cloud Vanilla Magic Lemon Coral Silver Rainbow Petal
    Sweet Starlit Milk Jelly Soda Dreamy Electric Holiday Apricot`,
    `Hearts Club Avenue Kiss Television Girls Boys Department Arcade Parade Motel Sundae Palace Weekend
    Fantasy Telephone Boutique Carousel Cinema Planet Bloom Diary Mirage Picnic Diamonds Romance Airport
    Dolls Rocket Machine Express Holiday Perfume Melody Supper Bunny Comet Lagoon Sweater Galaxy`,
    `Sweet Crystal Summer Secret Perfect Electric Pink First Blue Digital Lonely Sugar Golden Tiny Dreamy
    Last Magic Slow Better Endless Silver Plastic Bright Forever Young Pretty Little Soft Wild Heavenly
    Instant Lucky Sparkling Virtual Double Velvet Shy Neon Cosmic Tender`,
    `Love Heart Kiss Night Crush Phone Dream Weekend Summer Star Dance Goodbye Tears Party Mirror Angel Fever
    Postcard Boyfriend Girlfriend Sky Song Memory Holiday Paradise Secret Feeling Butterfly Lipstick
    Moonlight Signal Fantasy Ocean Smile Diary Ribbon Rush Cloud Melody Message`,
  ),
  roots: family(
    `Sunrise Lion Desert Golden Mango Coastal Rising Sacred Ancient Tropical Mountain Drum Ocean Spirit
    Kingston River Savanna Palm Fire Saffron Coral Royal Baobab Island Monsoon Cactus Thunder Jacaranda
    Caravan Harbour Andes Copper Lotus Marigold Delta Indigo Cinnamon Zenith Sahel Plaza`,
    `Sound Orchestra Riddim Collective Dub Tribe Brigade Caravan Voices Ensemble Rockers Station Steppers
    Pilgrims Conjunto Drums Elders All-Stars Messengers Players System Nation Choir Dancers Combo Fanfare
    Market Sunrise Chorale Sextet Union Cumbia Griots Village Harmony Sisters Brothers Festival Temple Horns`,
    `Sacred Rising Golden Ancient Sweet Burning Wandering Red Endless First Holy Desert Coastal Tropical Deep
    Eternal Righteous Bright Living Open Humble Native Royal Southern Eastern Flowing Joyful Strong Heavy
    Morning Mystic Proud Tender Wild Blessed Conscious Free Silent True Warm`,
    `Sun Rhythm River Fire Journey Dance Land Drum Mountain Road Moon Song Freedom Harvest Water Market
    Prayer Roots Village Ocean Wind Caravan Carnival Rain Earth Unity Version Dub Blessing Wedding Desert
    Voice Spirit Island Bird Dawn Festival Lament Mother Garden`,
  ),
}

/** Given names, and the parts surnames are made of: invented, so that nobody's is meant. */
export const GIVEN_NAMES = words(`
Anouk Bela Cato Dorit Elke Fenna Gaspar Hanne Ilka Joren Kasimir Liv Maelle Nadir Odile Piet Quinn Ravi
Sanne Tamsin Ulla Vesna Wim Xenia Yara Zora Amparo Benno Celeste Dario Eluned Fiora Greta Hideo Imre
Jasna Kofi Lucan Mirela Nils Oksana Pilar Runa Sefa Tomasz Uri Veda Wanda Yusuf Zelda Arlo Birgit Cosima
Dov Esra Florin Gudrun Hamza Ines Juno Keiko Leif Marisol Noor Oskar Petra Rasmus Saskia Teo Ursula
Viggo Willa Yann Zofia Ama Bodil`)
export const SURNAME_STARTS = words(`
Var Lind Ok Marr Tav Kel Hol Bres Dun Ves Ster Ul Fen Gar Ist Jor Kast Lor Mund Nor Ost Pell Quil Ras
Sol Thal Und Vol Wex Yar Zam Ard Bryn Corv Dal Esk Farr Grön Hask Ibr Jäs Kov Lév Mál Ner Øst Přib Roš
San Tör Ván Žel`)
export const SURNAME_ENDS = words(`
nholt essi qvarn ander owski ingham etti ardo mund eaux ström ovic ellan ides amura agawa enko berg wyn
acre ström haven ikson ault ierre onne isch attan umbe oyo azri adze ová ska quist enberg`)

function script(text: string): readonly ScriptWord[] {
  return words(text).map(pair => {
    const [word = '', latin = ''] = pair.split('/')
    return { text: word, latin }
  })
}

/** One list a script; names and titles join two words with the given joint. */
export const SCRIPTS: readonly { readonly joint: string; readonly list: readonly ScriptWord[] }[] = [
  {
    joint: '',
    list: script(`夜光/yako 電車/densha 硝子/garasu 海辺/umibe 月/tsuki 静寂/seijaku 機械/kikai 花火/hanabi
幽霊/yurei 団地/danchi 記憶/kioku     北風/kitakaze 水族館/suizokukan ラジオ/rajio 砂時計/sunadokei 雨/ame`),
  },
  {
    joint: ' ',
    list: script(`Тихий/tihiy Трамвай/tramvay Северный/severnyy Снег/sneg Фонарь/fonar Ночной/nochnoy
Вокзал/vokzal     Хрусталь/hrustal Пустой/pustoy Завод/zavod Медленный/medlennyy Берег/bereg Туман/tuman
    Железный/zheleznyy`),
  },
  {
    joint: ' ',
    list: script(
      `밤/bam 기차/gicha 유리/yuri 바다/bada 고요한/goyohan 겨울/gyeoul 그림자/geurimja 안개/angae 별빛/byeolbit`,
    ),
  },
  {
    joint: ' ',
    list: script(
      `Ήσυχη/isychi Θάλασσα/thalassa Νύχτα/nychta Παλιό/palio Λιμάνι/limani Φως/fos Καπνός/kapnos`,
    ),
  },
  {
    joint: ' ',
    list: script(`ليل/layl هادئ/hadi قطار/qitar مدينة/madina بحر/bahr ضوء/daw صدى/sada نافذة/nafidha`),
  },
  { joint: ' ', list: script(`לילה/layla שקט/sheket רכבת/rakevet ים/yam אור/or חלון/halon חורף/horef`) },
  { joint: ' ', list: script(`წყნარი/tsqnari ღამე/ghame ზღვა/zghva მატარებელი/matarebeli ქარი/kari`) },
]

/** Names that a careless page, mail, log line or table would choke on: rare, and always on the same hosts. */
export const HOSTILE_NAMES: readonly string[] = [
  '<img src=x onerror=alert(1)>',
  '"><script>alert(document.domain)</script>',
  "Robert'); DROP TABLE sales;--",
  '\u202Egnirts desrever\u202C',
  'T\u200Bh\u200Be\u200B \u200BZ\u200Be\u200Br\u200Bo\u200Bs',
  'Z\u0351\u0343\u035B\u0310a\u0322\u0328\u0347l\u0489\u0335g\u0321\u0334o\u0321\u0362',
  '=HYPERLINK("http://127.0.0.1/","click")',
  `\${jndi:ldap://127.0.0.1/a}{{7*7}}%s%n`,
  '👩🏽‍🎤🎛️🫀 \u2067band\u2069',
  'line one\nline two\ttab \\ back "quote"',
  `The ${'Very '.repeat(1990)}Long Name Orchestra`,
  '\u00A0\u2003',
]

/** Labels are called by a place or a thing and one of these. */
export const LABEL_ENDINGS = words(
  'Records Tapes Recordings Editions Music Sounds Discs Archive Records Tapes',
)
