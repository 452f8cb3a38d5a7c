import { analyzer } from '../../src/analyzers/pod-dns.ts'
import { overCases } from './over-cases.ts'

overCases(analyzer, 'network')
