// The browsers that tests print with: that of the package, and the machine's where it has one.
import { type Browser, findBrowser, unpackSparticuz } from '../../infra/chromium/find.ts'

export interface TestBrowser {
  readonly name: string
  readonly find: () => Promise<Browser>
}

/** The one in the product's image. It is made for Linux alone. */
export const PACKAGED: TestBrowser = {
  name: 'Chromium of the package',
  find: () => findBrowser({ executablePath: null, env: {}, places: [], unpack: unpackSparticuz }),
}

const installed = await findBrowser({
  executablePath: null,
  env: process.env,
  unpack: async () => null,
}).catch(() => null)

export const TEST_BROWSERS: readonly TestBrowser[] = [
  ...(process.platform === 'linux' ? [PACKAGED] : []),
  ...(installed === null ? [] : [{ name: installed.path, find: async () => installed }]),
]

if (process.platform !== 'linux') {
  process.stderr.write('left out: printing with the Chromium of the package, which runs on Linux alone\n')
}
if (installed === null) {
  process.stderr.write('left out: printing with a Chromium of the machine, which has none\n')
}
