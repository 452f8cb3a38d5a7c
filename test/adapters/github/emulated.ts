import { createEmulator } from 'emulate'

/** An emulated GitHub with one repository of `doctor-bot`, which the token `t` may write. */
export const emulatedGitHub = (name: string) =>
  createEmulator({
    service: 'github',
    port: 0,
    seed: {
      tokens: { t: { login: 'doctor-bot', scopes: ['repo'] } },
      github: { users: [{ login: 'doctor-bot' }], repos: [{ owner: 'doctor-bot', name, auto_init: true }] },
    },
  })
