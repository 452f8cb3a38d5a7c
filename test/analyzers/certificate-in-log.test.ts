import { analyzer } from '../../src/analyzers/certificate-in-log.ts'
import { overCases } from './over-cases.ts'

overCases(analyzer, 'dependencies')
