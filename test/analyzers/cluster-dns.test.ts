import { analyzer } from '../../src/analyzers/cluster-dns.ts'
import { overCases } from './over-cases.ts'

overCases(analyzer, 'network')
