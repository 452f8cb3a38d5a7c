import { analyzer } from '../../src/analyzers/container-permission-denied.ts'
import { overCases } from './over-cases.ts'

overCases(analyzer, 'containers')
