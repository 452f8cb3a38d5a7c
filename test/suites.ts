import { spawnSync } from 'node:child_process'
import { delimiter, join } from 'node:path'
import { executable } from './executable.ts'

/** Runs a suite that needs something of the machine, or says in one line what is missing. `--require` makes missing a failure. */
type Suite = { readonly project: string; readonly script: string; readonly missing: () => string | undefined }

const onPath = (name: string): boolean =>
  (process.env['PATH'] ?? '').split(delimiter).some((folder) => executable(join(folder, name)))

const suites: readonly Suite[] = [
  { project: 'long', script: 'test:long', missing: () => undefined },
  {
    project: 'browser',
    script: 'test:browser',
    missing: () =>
      ['chromium', 'chromium-browser', 'google-chrome'].some(onPath)
        ? undefined
        : 'no Chromium on PATH (Debian: apt install chromium)',
  },
  {
    project: 'kube',
    script: 'test:kube',
    missing: () =>
      executable(join(process.env['KUBEBUILDER_ASSETS'] ?? '', 'kube-apiserver'))
        ? undefined
        : 'KUBEBUILDER_ASSETS does not name a folder with kube-apiserver and etcd',
  },
  {
    project: 'render',
    script: 'test:render',
    missing: () =>
      ['kubectl', 'helm'].every(onPath) ? undefined : 'no kubectl or no helm on PATH (kubernetes.io, helm.sh)',
  },
  {
    project: 'opa',
    script: 'test:opa',
    missing: () => (onPath('opa') ? undefined : 'no opa on PATH (openpolicyagent.org)'),
  },
  {
    project: 'prometheus',
    script: 'test:prometheus',
    missing: () =>
      ['prometheus', 'promtool', 'prometheus-alertmanager'].every(onPath)
        ? undefined
        : 'no Prometheus or no Alertmanager on PATH (Debian: apt install prometheus prometheus-alertmanager)',
  },
]

const [wanted, ...flags] = process.argv.slice(2)
if (wanted === undefined) {
  for (const suite of suites) {
    const missing = suite.missing()
    console.log(
      missing === undefined
        ? `${suite.project} suite: ready, run it with npm run ${suite.script}`
        : `${suite.project} suite: cannot run here: ${missing}`,
    )
  }
} else {
  const suite = suites.find((known) => known.project === wanted)
  if (suite === undefined) throw new Error(`there is no suite ${wanted}`)
  const missing = suite.missing()
  if (missing !== undefined) {
    console.log(`${suite.project} suite: cannot run here: ${missing}`)
    process.exit(flags.includes('--require') ? 1 : 0)
  }
  const rest = flags.filter((flag) => flag !== '--require')
  process.exit(
    spawnSync(
      process.execPath,
      [join(import.meta.dirname, '../node_modules/vitest/vitest.mjs'), 'run', '--project', suite.project, ...rest],
      { stdio: 'inherit' },
    ).status ?? 1,
  )
}
