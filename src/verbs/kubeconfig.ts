import { table, text } from '../domain/document.ts'
import type { Verb } from './verb.ts'

export const verb: Verb = {
  name: 'kubeconfig',
  aliases: ['config-view'],
  summary: 'the kube contexts that the doctor could use, with every secret left out',
  usage: '',
  examples: ['kubeconfig'],
  flags: {},
  where: 'everywhere',
  run: async (context) => {
    const rows = context.kubeconfig?.() ?? []
    if (rows.length === 0)
      return {
        status: 'not-found',
        document: [text('There is no kubeconfig: the doctor uses the credentials of its own pod.')],
      }
    return {
      status: 'ok',
      document: [
        table(
          ['', 'Context', 'Cluster', 'Server', 'User', 'Namespace', 'Credentials'],
          rows.map((row) => [
            row.current ? '*' : '',
            row.name,
            row.cluster,
            row.server,
            row.user,
            row.namespace,
            row.credentials,
          ]),
        ),
      ],
    }
  },
}
