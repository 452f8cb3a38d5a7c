import { analyzer } from '../../src/analyzers/app-config-invalid.ts'
import { overCases } from './over-cases.ts'

overCases(analyzer, 'containers')
