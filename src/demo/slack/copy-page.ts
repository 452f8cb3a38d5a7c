import { cpSync } from 'node:fs'

/** A step of the build: the compiler copies no pages, and the local Slack reads them beside its own file. */
cpSync(new URL('./page/', import.meta.url), new URL('../../../dist/demo/slack/page/', import.meta.url), {
  recursive: true,
})
