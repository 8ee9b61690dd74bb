// The contract of PDF renderers, on the fake and on Chromium.

import { findBrowser } from '../../infra/chromium/find.ts'
import { createPdfRenderer } from '../../infra/chromium/renderer.ts'
import { createFakeClock } from '../fakes/clock.ts'
import { createFakePdfRenderer } from '../fakes/pdf.ts'
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

pdfContract({
  name: 'Chromium',
  create: () => createPdfRenderer({ executablePath: null, clock }),
  createWithoutBrowser: () =>
    createPdfRenderer({ executablePath: null, clock, find: () => findBrowser(nothing) }),
})
