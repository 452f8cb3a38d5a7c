import { analyzer } from '../../src/analyzers/certificate.ts'
import { overCases } from './over-cases.ts'

overCases(analyzer, 'certificates')
