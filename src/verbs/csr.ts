import { askAbout, kinds } from './asking/typed.ts'
import { placeFlags, type Verb } from './verb.ts'

export const verb: Verb = {
  name: 'csr',
  summary: 'plan the approval of a CertificateSigningRequest: its card shows who asked for what',
  usage: 'NAME',
  examples: ['csr csr-7xk2p'],
  flags: { context: placeFlags.context, cluster: placeFlags.cluster },
  where: 'app',
  run: (context, args) =>
    askAbout(context, args, args.words, [kinds.signingRequest], (_, name) => ({
      action: 'approve-csr',
      input: {},
      summary: `Approve ${name}`,
    })),
}
