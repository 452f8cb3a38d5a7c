import { analyzer } from '../../src/analyzers/certificate-issuer.ts'
import { overCases } from './over-cases.ts'

overCases(analyzer, 'control-plane')
