// The contract of PDF renderers, on the fake, on the Chromium of the package and on the machine's.

import { findBrowser } from '../../infra/chromium/find.ts'
import { createPdfRenderer } from '../../infra/chromium/renderer.ts'
import { createFakeClock } from '../fakes/clock.ts'
import { createFakePdfRenderer } from '../fakes/pdf.ts'
import { TEST_BROWSERS } from '../support/browsers.ts'
import { pdfContract } from './pdf.ts'

const clock = createFakeClock(0)
const nothing = { executablePath: null, env: { PATH: '' }, places: [], unpack: async () => null }

pdfContract({
  name: 'fake',
  create: createFakePdfRenderer,
  createWithoutBrowser() {
    const fake = createFakePdfRenderer()
    fake.browser(false)
    return fake
  },
})

for (const { name, find } of TEST_BROWSERS) {
  pdfContract({
    name,
    create: () => createPdfRenderer({ executablePath: null, clock, find }),
    createWithoutBrowser: () =>
      createPdfRenderer({ executablePath: null, clock, find: () => findBrowser(nothing) }),
  })
}
