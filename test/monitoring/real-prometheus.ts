import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, vi } from 'vitest'
import { freePort } from '../free-port.ts'

/** What a target shows at `/metrics`, changed by `show`. */
export type Exporter = { readonly target: string; show(text: string): void; close(): Promise<unknown> }

/** A target with the text format, as small as one can be. */
export const startExporter = async (first: string): Promise<Exporter> => {
  let shown = first
  const server: Server = createServer((_, response) => {
    response.setHeader('content-type', 'text/plain; version=0.0.4')
    response.end(`${shown}\n`)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    target: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    show: (text) => {
      shown = text
    },
    close: () => {
      server.closeAllConnections()
      return once(server.close(), 'close')
    },
  }
}

/** A program of the machine with a folder of its own, ready once its health page answers. */
export type Program = { readonly url: string; stop(): void }

const run = async (
  name: string,
  folder: string,
  health: string,
  flags: (port: number) => readonly string[],
): Promise<Program> => {
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const child: ChildProcess = spawn(name, flags(port), { stdio: 'ignore' })
  const stop = (): void => {
    child.kill('SIGKILL')
    rmSync(folder, { recursive: true, force: true })
  }
  try {
    await vi.waitFor(async () => expect((await fetch(`${url}${health}`)).status).toBe(200), 30_000)
  } catch (cause) {
    stop()
    throw new Error(`${name} did not become ready`, { cause })
  }
  return { url, stop }
}

export type PrometheusOptions = {
  readonly target: string
  readonly alertmanager?: string
  /** A rule file, as YAML. */
  readonly rules?: string
  /** What it has known for a while, as OpenMetrics with a time on each sample. */
  readonly history?: string
}

/** A real Prometheus that scrapes one target twice a second and keeps the labels which the target gives. */
export const startPrometheus = (options: PrometheusOptions): Promise<Program> => {
  const folder = mkdtempSync(join(tmpdir(), 'prometheus-'))
  const data = join(folder, 'data')
  mkdirSync(data)
  if (options.history !== undefined) {
    const history = join(folder, 'history')
    writeFileSync(history, options.history)
    execFileSync('promtool', ['tsdb', 'create-blocks-from', 'openmetrics', history, data], { stdio: 'ignore' })
  }
  writeFileSync(join(folder, 'rules.yml'), options.rules ?? 'groups: []\n')
  const managers = options.alertmanager === undefined ? [] : [options.alertmanager.replace('http://', '')]
  const config = {
    global: { scrape_interval: '500ms', scrape_timeout: '400ms', evaluation_interval: '500ms' },
    rule_files: [join(folder, 'rules.yml')],
    alerting: { alertmanagers: [{ static_configs: [{ targets: managers }] }] },
    scrape_configs: [{ job_name: 'kubelet', honor_labels: true, static_configs: [{ targets: [options.target] }] }],
  }
  writeFileSync(join(folder, 'prometheus.yml'), JSON.stringify(config))
  return run('prometheus', folder, '/-/ready', (port) => [
    `--config.file=${join(folder, 'prometheus.yml')}`,
    `--storage.tsdb.path=${data}`,
    `--web.listen-address=127.0.0.1:${port}`,
    '--log.level=error',
  ])
}

/** A real Alertmanager with one receiver: a webhook with a bearer token, told at once. */
export const startAlertmanager = (webhook: string, token: string): Promise<Program> => {
  const folder = mkdtempSync(join(tmpdir(), 'alertmanager-'))
  const config = {
    route: {
      receiver: 'doctor',
      group_by: ['alertname', 'namespace'],
      group_wait: '200ms',
      group_interval: '1s',
      repeat_interval: '1h',
    },
    receivers: [
      {
        name: 'doctor',
        webhook_configs: [
          { url: webhook, send_resolved: true, http_config: { authorization: { type: 'Bearer', credentials: token } } },
        ],
      },
    ],
  }
  writeFileSync(join(folder, 'alertmanager.yml'), JSON.stringify(config))
  return run('prometheus-alertmanager', folder, '/-/ready', (port) => [
    `--config.file=${join(folder, 'alertmanager.yml')}`,
    `--storage.path=${join(folder, 'data')}`,
    `--web.listen-address=127.0.0.1:${port}`,
    '--cluster.listen-address=',
    '--log.level=error',
  ])
}
