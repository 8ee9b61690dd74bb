// How the page is built: into dist/dashboard/web, with nothing inline, so that the content security policy
// holds.
import preact from '@preact/preset-vite'
import { defineConfig } from 'vite'

export default defineConfig({
  root: import.meta.dirname,
  base: '/',
  plugins: [preact()],
  build: {
    outDir: '../../dist/dashboard/web',
    emptyOutDir: true,
    target: 'es2022',
    // A data: URI would need a looser policy for fonts.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 300,
  },
})
