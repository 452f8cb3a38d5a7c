import { refused } from '../domain/refusal.ts'
import { tendNamed } from './asking/incident.ts'
import type { Verb } from './verb.ts'

export const verb: Verb = {
  name: 'link',
  summary: 'tie a ticket, a document or a call to an incident',
  usage: '[INCIDENT] URL [NAME]',
  examples: ['link https://jira.acme.dev/browse/OPS-12 OPS-12'],
  flags: {},
  where: 'app',
  run: (context, args) =>
    tendNamed(context, args, ([url, ...name]) =>
      url === undefined || !URL.canParse(url)
        ? refused('usage', 'Which address? It begins with https://.')
        : { kind: 'link', url, name: (name.join(' ') || shortName(url)).slice(0, 80) },
    ),
}

/** The last part of the path, as in a ticket's number, else the host. */
const shortName = (url: string): string => {
  const { host, pathname } = new URL(url)
  return pathname.split('/').findLast((part) => part !== '') ?? host
}
