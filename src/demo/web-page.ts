import type { ServerResponse } from 'node:http'

const style = `:root{color-scheme:light dark}body{font:16px/1.5 system-ui,sans-serif;max-width:46rem;margin:2rem auto;padding:0 1rem}
h1{font-size:1.4rem}h2{font-size:1.1rem}pre{overflow:auto;padding:1rem;border:1px solid #8886;border-radius:.5rem;font-size:.85rem}
small{opacity:.7}.triggered,.open{color:#c4314b}.acknowledged{color:#b26a00}.resolved,.merged{color:#1a7f4b}`

/** Sends a plain page of one of the demo's systems. `body` is HTML; everything from outside in it went through `text`. */
export const sendPage = (response: ServerResponse, status: number, title: string, body: string): void => {
  response.writeHead(status, {
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'",
    'x-content-type-options': 'nosniff',
  })
  response.end(
    `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${text(title)}</title><style>${style}</style></head><body><h1>${text(title)}</h1>${body}</body></html>`,
  )
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

/** Text as HTML. */
export const text = (value: string): string => value.replace(/[&<>"']/g, (character) => entities[character] ?? '')
