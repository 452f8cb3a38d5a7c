import { askAbout, kinds } from './asking/typed.ts'
import { placeFlags, type Verb } from './verb.ts'

export const verb: Verb = {
  name: 'renew',
  summary: 'plan that cert-manager issues a Certificate anew',
  usage: 'CERTIFICATE [-n NAMESPACE]',
  examples: ['renew certificate/checkout-tls -n payments'],
  flags: placeFlags,
  where: 'app',
  run: (context, args) =>
    askAbout(context, args, args.words, [kinds.certificate], (_, name) => ({
      action: 'renew-certificate',
      input: {},
      summary: `Renew ${name}`,
    })),
}
