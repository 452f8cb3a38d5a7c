import { analyzer } from '../../src/analyzers/container-command-invalid.ts'
import { overCases } from './over-cases.ts'

overCases(analyzer, 'containers')
