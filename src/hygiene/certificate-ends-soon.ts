import { textAt } from '../domain/at.ts'
import { refOf } from '../domain/kubernetes.ts'
import { timeOf } from '../domain/time.ts'
import type { Check, Said } from './check.ts'

const day = 86_400_000

/**
 * TLS Secrets whose certificate ends within 15 to 30 days and that nobody renews by itself. Nearer ends are diagnosis' to say;
 * those of a cert-manager Certificate are renewed in time or are a finding there.
 */
export const check: Check = {
  id: 'certificate-ends-soon',
  looksFor: 'certificates that end within a month and are not renewed',
  reads: ['Secret'],
  look: (view) => {
    const renewed = new Set(
      view
        .list('Certificate', 'cert-manager.io')
        .map((one) => `${one.metadata.namespace}/${textAt(one.spec, 'secretName') ?? ''}`),
    )
    return view.all('Secret').flatMap((secret): readonly Said[] => {
      const { namespace, name, annotations = {} } = secret.metadata
      const [end, now] = [timeOf(secret.certificate?.notAfter), timeOf(view.now)]
      if (end === undefined || now === undefined || end - now > 30 * day || end - now <= 14 * day) return []
      if (renewed.has(`${namespace}/${name}`) || annotations['cert-manager.io/certificate-name'] !== undefined)
        return []
      return [
        {
          severity: 'warn',
          object: refOf(secret),
          summary: `its certificate ends in ${Math.floor((end - now) / day)} days, and nothing here renews it`,
          fix: 'renew it now, and let cert-manager do so next time',
        },
      ]
    })
  },
}
