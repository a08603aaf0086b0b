# Les mots de `quitus` en français. Mêmes identifiants et mêmes valeurs que dans en.ftl.
# Espaces insécables (U+00A0) devant : ; ! ? et à l’intérieur des guillemets ; apostrophe typographique.

## Étiquettes

label-error = erreur :{" "}
label-hint = conseil :{" "}
label-warning = attention :{" "}
label-cause = {" : "}
prompt = { $question } :{" "}

## Aide : rubriques et mots pour les valeurs

heading-usage = Usage :
heading-commands = Commandes{"\u00A0"}
heading-arguments = Arguments{"\u00A0"}
heading-options = Options{"\u00A0"}
heading-global = Options de toutes les commandes{"\u00A0"}
value-command = COMMANDE
value-path = CHEMIN
value-url = URL
value-file = FICHIER
value-dir = DOSSIER
value-when = QUAND
value-n = N
value-link = LIEN
value-lang = LANGUE
value-recipient = DESTINATAIRE
value-in = ENTRÉE
value-out = SORTIE
value-shell = SHELL

## Aide : le programme

help = Remettre des fichiers de main en main, chiffrés de bout en bout
help-more =
    Codes de retour : 0 terminé, 1 imprévu, 2 usage, 3 fait en partie, 4 non autorisé,
    5 disparu (expiré, utilisé, révoqué ou inconnu), 6 intégrité ou expéditeur non
    vérifiés, 7 passager, 8 fichiers locaux, 9 règle ou quota, 10 aucune de vos clés
    ne l’ouvre, 11 attestation non vérifiée, 12 de version ou de type inconnu,
    13 signataire non confirmé, 130 et 143 interrompu.

    Les résultats vont sur la sortie standard, tout le reste sur la sortie d’erreur.
    Variables : QUITUS_HOME, QUITUS_RELAY, NO_COLOR, ainsi que LC_ALL, LC_MESSAGES
    ou LANG pour la langue.
help-lang = Langue des messages : en ou fr ; par défaut, celle de la session
help-json = Écrire les événements sur la sortie d’erreur, un objet JSON par ligne, au lieu de phrases
help-quiet = N’écrire que les erreurs et les avertissements
help-no-input = Ne jamais poser de question ; échouer plutôt
help-home = Dossier de vos clés et de votre registre (ou QUITUS_HOME)
help-help = Afficher cette page
help-version = Afficher la version

## Aide : send

help-send = Envoyer des fichiers ou des dossiers par un relais ; affiche le lien à remettre
help-send-more =
    Exemple :
      quitus send ./brief notes.pdf --expires 36h > lien.txt

    Les fichiers sont scellés sur cette machine ; le relais ne peut pas les lire.
    Quiconque a le lien peut les recevoir : remettez-le par un canal de confiance.
help-send-paths = Fichiers et dossiers à envoyer
help-send-relay = Adresse du relais (ou QUITUS_RELAY ; par défaut http://127.0.0.1:7470)
help-send-ca-file = Pour le certificat du relais, ne se fier qu’aux autorités de ce fichier PEM
help-send-expires = Fin du lien : 36h, 7d, 2w ou une date comme 2026-12-24 (par défaut 7d, sept jours)
help-send-downloads = Nombre de fois où le lien peut servir (par défaut 1)

## Aide : receive

help-receive = Recevoir ce qui a été envoyé
help-receive-more =
    Exemple :
      quitus receive - -o reçus < lien.txt

    Sans lien, il est demandé. Un lien donné en argument est visible des autres
    programmes de cette machine pendant que la commande tourne.
    Rien ne prend son nom définitif avant que tout ait été vérifié.
help-receive-link = Le lien, ou - pour le lire sur l’entrée standard
help-receive-output = Dossier où écrire (par défaut le dossier courant), ou - pour la sortie standard
help-receive-sealed = Laisser scellé : écrire sealed.age et identity.txt, que age -d -i ouvre
help-receive-portable-names = Renommer les fichiers dont certains systèmes refusent le nom
help-receive-ca-file = Pour le certificat du relais, ne se fier qu’aux autorités de ce fichier PEM

## Aide : encrypt

help-encrypt = Sceller un fichier pour des destinataires age ou avec une phrase secrète
help-encrypt-more =
    Exemple :
      quitus encrypt -r age1… -o notes.pdf.age notes.pdf

    Le résultat est un fichier age ordinaire ; tout programme age l’ouvre.
help-encrypt-recipient = Sceller pour ce destinataire (age1… ou ssh-ed25519 …) ; peut être répété
help-encrypt-recipients-file = Sceller pour les destinataires de ce fichier, un par ligne
help-encrypt-passphrase = Sceller avec une phrase secrète, demandée au terminal
help-encrypt-passphrase-file = Sceller avec la phrase secrète de la première ligne de ce fichier
help-encrypt-armor = Écrire du texte (PEM) au lieu d’octets
help-encrypt-output = Fichier à écrire, qui ne doit pas exister ; par défaut la sortie standard
help-encrypt-input = Fichier à sceller ; par défaut l’entrée standard

## Aide : decrypt

help-decrypt = Ouvrir un fichier age
help-decrypt-more =
    Exemple :
      quitus decrypt -i clé.txt -o notes.pdf notes.pdf.age

    Les fichiers binaires et en texte sont reconnus. Un fichier modifié ou tronqué
    donne le code 6 ; ce qui est déjà sorti est exact, mais incomplet.
help-decrypt-identity = Ouvrir avec les identités de ce fichier ; peut être répété
help-decrypt-passphrase = Ouvrir avec une phrase secrète, demandée au terminal
help-decrypt-passphrase-file = Utiliser la phrase secrète de la première ligne de ce fichier
help-decrypt-output = Fichier à écrire, qui ne doit pas exister ; par défaut la sortie standard
help-decrypt-input = Fichier à ouvrir ; par défaut l’entrée standard

## Aide : completions, man

help-completions = Afficher le script de complétion d’un shell
help-completions-shell = bash, elvish, fish, powershell ou zsh
help-man = Écrire les pages de manuel dans un dossier
help-man-folder = Dossier où écrire

## Une ligne de commande incompréhensible

usage-unknown-command = la commande « { $name } » n’existe pas
usage-unknown-argument = « { $argument } » n’est pas attendu ici
usage-missing = il manque : { $arguments }
usage-no-command = aucune commande n’est donnée
usage-no-value = { $argument } demande une valeur
usage-invalid-value = { $argument } ne peut pas valoir « { $value } »
usage-twice = { $argument } figure deux fois
usage-conflict = { $argument } ne peut pas accompagner { $other }
usage-not-text = un argument n’est pas de l’UTF-8 valide
usage-other = la ligne de commande est incompréhensible
usage-hint = voyez : quitus --help
usage-hint-command = voyez : quitus { $command } --help
usage-hint-meant = vouliez-vous dire « { $meant } » ?
usage-hint-values = choisissez parmi : { $values }
usage-hint-expires = donnez une durée comme 36h, 7d ou 2w, ou une date comme 2026-12-24
usage-hint-downloads = donnez un nombre entier, 1 au moins

## Questions

nobody-to-ask = la question ne peut être posée à personne ici : { $question }
nobody-to-ask-hint = utilisez { $flag }
empty-answer = la réponse est vide
answers-differ = les deux réponses diffèrent
gave-up = abandon à la question

## Fichiers et flux

cannot-read = impossible de lire { $path }
cannot-write = impossible d’écrire { $path }
cannot-write-output = impossible d’écrire la sortie
no-home-folder = le système ne vous connaît pas de dossier personnel
no-home-folder-hint = indiquez un dossier pour vos clés avec --home ou QUITUS_HOME
unexpected = une erreur imprévue s’est produite

reason-not-found = ce fichier ou dossier n’existe pas
reason-permission-denied = accès refusé
reason-already-exists = il existe déjà
reason-not-a-folder = une partie du chemin n’est pas un dossier
reason-is-a-folder = c’est un dossier
reason-folder-not-empty = le dossier n’est pas vide
reason-read-only = le disque est en lecture seule
reason-storage-full = il n’y a plus de place sur le disque
reason-disk-quota = votre quota sur le disque est épuisé
reason-file-too-large = le fichier est trop grand pour ce disque
reason-invalid-name = ce disque refuse ce nom
reason-connection-refused = personne ne répond à cette adresse
reason-connection-lost = la connexion a été perdue
reason-unreachable = le réseau ne permet pas de l’atteindre
reason-timed-out = le délai est dépassé
reason-ended-early = la fin est arrivée trop tôt
reason-out-of-memory = la mémoire est épuisée
reason-other = { $text }

## Progression

progress = { $label } : { SIZE($done) }, { SIZE($rate) }/s
progress-of = { $label } : { SIZE($done) } sur { SIZE($total) }, { SIZE($rate) }/s, reste { $left }
progress-things = { $label } : { $done }

## man

man-heading-name = NOM
man-heading-synopsis = SYNOPSIS
man-heading-description = DESCRIPTION
man-heading-notes = NOTES
man-heading-version = VERSION
man-done = { $pages ->
    [one] { $pages } page écrite dans { $folder }
   *[other] { $pages } pages écrites dans { $folder }
}

## Entrées et sorties

cannot-read-input = impossible de lire l’entrée standard
input-is-output = l’entrée et la sortie sont le même fichier
input-is-output-hint = indiquez une autre sortie avec -o
output-exists = { $path } existe déjà
output-exists-hint = indiquez un fichier qui n’existe pas encore ; rien n’est jamais écrasé
sealed-to-screen = des octets scellés n’ont rien à faire sur un écran
sealed-to-screen-hint = indiquez un fichier avec -o, ou ajoutez -a pour du texte ; -o - insiste
opened-to-screen = le fichier ouvert n’est pas du texte pour un écran
opened-to-screen-hint = indiquez un fichier avec -o ; -o - insiste

## Clés et phrases secrètes

ask-passphrase = Phrase secrète
ask-passphrase-again = La même phrase secrète, encore une fois
ask-passphrase-of = Phrase secrète de { $path }
passphrase-empty = la première ligne de { $path } est vide : il n’y a pas de phrase secrète
passphrase-not-text = la première ligne de { $path } n’est pas de l’UTF-8 valide
key-file-too-large = { $path } est trop grand pour un fichier de clés : plus de { SIZE($limit) }
key-malformed = ce n’est pas une clé age, ou elle est mal recopiée
key-is-secret = une clé secrète est donnée là où il faut un destinataire
key-is-public = un destinataire est donné là où il faut une clé secrète
key-post-quantum = les clés post-quantiques ne sont pas encore prises en charge
key-tagged = les clés liées à un matériel ne sont pas encore prises en charge
key-ssh = parmi les clés SSH, seules les clés ssh-ed25519 sont utilisables
identity-is-link = le fichier d’identité { $path } est un lien symbolique
identity-is-link-hint = indiquez le fichier lui-même, pour qu’on sache lequel est lu
identity-is-shared = d’autres que vous peuvent lire le fichier d’identité { $path }
identity-is-shared-hint = chmod 600 { $path }
identity-is-empty = il n’y a pas d’identité dans { $path }
key-file-sealed = le fichier de clés { $path } est scellé et ne s’ouvre pas
key-file-line = { $path }, ligne { $line } : { $why }
recipient-refused = impossible de sceller pour { $recipient } : { $why }
recipient-hint = un destinataire s’écrit age1… ou ssh-ed25519 AAAA… et peut être dit à tout le monde
recipients-empty = il n’y a pas de destinataire dans { $path }
recipients-mixed = ces destinataires ne vont pas ensemble
no-recipient = personne n’est désigné comme destinataire
no-recipient-hint = utilisez -r avec un destinataire, -R avec un fichier qui en contient, ou -p pour une phrase secrète
no-identity = aucune identité n’est donnée
no-identity-hint = indiquez le fichier de votre identité avec -i
no-randomness = le système ne fournit pas de nombres aléatoires

## Ouverture

progress-sealing = Scellement
progress-opening = Ouverture
not-age = ce n’est pas un fichier age
file-cut = le fichier est tronqué : il manque la fin
file-damaged = le fichier a été abîmé ou modifié (bloc { $chunk })
armor-damaged = le fichier a été abîmé ou modifié
file-goes-on = quelque chose suit la fin du fichier scellé
file-malformed = le fichier a été abîmé ou modifié
file-damaged-hint = reprenez-le là d’où il vient
file-damaged-hint-stdout = reprenez-le là d’où il vient ; ce qui est sorti jusqu’ici n’en est que le début
header-damaged = le début du fichier a été abîmé ou modifié
too-much-work = le fichier exige trop de calcul pour être ouvert : facteur { $actual }
no-key = { $identities ->
    [one] l’identité ne l’ouvre pas
   *[other] aucune des { $identities } identités ne l’ouvre
}
needs-passphrase = il est scellé avec une phrase secrète
needs-passphrase-hint = utilisez -p ou --passphrase-file au lieu de -i
wrong-passphrase = la phrase secrète est fausse

## Envoyer

sending = envoi { $files ->
    [one] d’un fichier
   *[other] de { $files } fichiers
}, { SIZE($bytes) }
progress-sending = envoi
skipped = { $path } n’est pas envoyé : { $reason }
skipped-symlink = c’est un lien symbolique
skipped-special = ce n’est ni un fichier ordinaire ni un dossier
skipped-unreadable = il ne peut pas être lu
skipped-name = son nom ne peut pas être envoyé (pas en UTF-8, ou avec une barre inverse ou un caractère de contrôle)
sent-partly = { $n ->
    [one] un élément n’a pas été envoyé
   *[other] { $n } éléments n’ont pas été envoyés
} ; le lien vaut pour le reste
unportable-names = { $n ->
    [one] un nom ne peut pas exister
   *[other] { $n } noms ne peuvent pas exister
} sur tous les systèmes ; le destinataire devra utiliser --portable-names
same-name-twice = deux des éléments à envoyer s’appellent { $name }
nothing-to-send = il ne reste rien à envoyer
nothing-to-send-hint = indiquez des fichiers ordinaires ou des dossiers
no-name-to-send = { $path } n’a pas de nom sous lequel l’envoyer
name-not-utf8 = le nom de { $path } n’est pas en UTF-8
name-not-utf8-hint = renommez-le, ou envoyez sans lui le dossier qui le contient
too-many-files = plus de { $max } fichiers et dossiers
too-long-to-send = c’est trop pour un seul transfert
changed-while-sending = { $path } a changé pendant l’envoi ; rien n’a été remis
changed-while-sending-hint = recommencez quand plus rien n’y écrit
relay-address = { $relay } n’est pas l’adresse d’un relais

## Recevoir

ask-link = Lien
link-in-arguments = un lien donné en argument est visible des autres programmes de cette machine ; utilisez - et l’entrée standard
link-malformed = ce n’est pas un lien
link-hint = un lien se présente ainsi : https://relais.example/t/…#v1.…
link-no-secret = la partie après # manque
link-length = la partie après # est incomplète ou suivie d’autre chose : { $actual } caractères au lieu de { $expected }
link-altered = la partie après # a été altérée, ou appartient à un autre lien
link-secret-hint = copiez de nouveau le lien entier, sans rien avant ni après
link-version = le lien est de version { $version }, qui demande une version plus récente de quitus
link-version-hint = mettez quitus à jour
receiving = réception { $files ->
    [one] d’un fichier
   *[other] de { $files } fichiers
}, { SIZE($bytes) }, { $files ->
    [one] signé
   *[other] signés
} par { $sender }
progress-receiving = réception
received = reçu : { $path }
hidden-name = { $path } commence par un point : des programmes peuvent lui obéir
name-collision = un nom ne peut pas être utilisé sur tous les systèmes ; rien n’a été écrit
name-collision-hint = --portable-names donne d’autres noms à ces fichiers
destination-exists = { $path } existe déjà
destination-exists-hint = -o désigne un dossier qui n’existe pas encore
not-as-signed = ce n’est pas ce que l’expéditeur a signé ; rien n’a été écrit
not-as-signed-hint = demandez un nouvel envoi à l’expéditeur, et prévenez l’exploitant du relais
transfer-gone = le relais ne détient pas ce transfert : expiré, utilisé, révoqué, ou jamais déposé
transfer-gone-hint = demandez-en un nouveau à l’expéditeur
own-transfer = cet appareil est encore en train d’envoyer ce transfert
own-transfer-hint = laissez d’abord l’envoi se terminer

## Le dossier des clés et du registre

transfer-in-use = un autre quitus travaille sur ce transfert
transfer-in-use-hint = laissez-le d’abord se terminer
ledger-damaged = le registre { $path } est endommagé
ledger-incomplete = il manque un fait de ce transfert dans le registre
cannot-write-ledger = impossible d’écrire le registre
slot-damaged = l’emplacement { $path } du trousseau est endommagé
not-signed = rien n’a été signé en votre nom
key-is-shared = d’autres peuvent lire la clé { $path }
key-is-shared-hint = chmod 600 { $path }
key-damaged = la clé { $path } est inutilisable

## Relais

relay-unreachable = impossible de joindre le relais { $relay }
relay-unreachable-hint = vérifiez l’adresse et le réseau, puis relancez la même commande
account-forbidden = { $relay } n’autorise pas cette clé à faire cela
account-forbidden-hint = quitus join utilise une invitation de son opérateur, ou d’un client de ce relais
not-engaged = les règles de la mission ne sont pas encore signées par les deux parties
not-engaged-hint = le prestataire accepte avec quitus join, le client confirme avec quitus engagement confirm
engagement-frozen = la mission est gelée : personne ne télécharge ni n’envoie pour l’instant
engagement-frozen-hint = celui qui l’a gelée, ou le client, la reprend avec quitus thaw
engagement-ended = la mission est terminée
engagement-ended-hint = les deux parties peuvent convenir d’une fin plus tardive, sauf si le client l’a close définitivement
access-deactivated = l’accès à la mission a été retiré, ou n’a pas servi depuis trop longtemps
access-deactivated-hint = le client le rend avec quitus engagement admit
address-not-allowed = la mission n’autorise pas l’adresse d’où vient cette demande
address-not-allowed-hint = passez par un réseau nommé dans les règles, ou convenez d’autres règles
relay-refused = le relais { $relay } a refusé
relay-later-hint = réessayez dans un moment : ce qui avait commencé reprend où il en était
not-a-relay = { $relay } a répondu { $status }, ce qui n’est pas d’un relais
answer-malformed = le relais { $relay } a donné une réponse qui n’a pas de sens
no-certificate = { $path } ne contient aucun certificat

## Adresses de relais

origin-scheme = l’adresse d’un relais commence par https://
origin-plain = http:// n’est permis que vers cette machine, pas vers { $host }
origin-user = l’adresse d’un relais ne contient ni utilisateur ni mot de passe
origin-path = l’adresse d’un relais s’arrête après l’hôte et le port
origin-host = { $host } n’est ni un nom d’hôte en minuscules ASCII ni une adresse
origin-port = { $port } n’est pas un port, ou c’est le port habituel, qui ne s’écrit pas

## La vie d’un transfert

help-send-password = Demander un mot de passe que le destinataire devra connaître aussi
help-send-password-file = Utiliser le mot de passe de la première ligne de ce fichier
help-receive-password-file = Utiliser le mot de passe de la première ligne de ce fichier, s’il en faut un
help-resume = Reprendre ce qui a été interrompu
help-resume-transfer = Le transfert, ou le début de son identifiant ; tout, par défaut
help-resume-ca-file = Pour le certificat du relais, ne se fier qu’aux autorités de ce fichier PEM
help-list = Lister ce que vous avez envoyé
help-list-relay = Adresse du relais (par défaut, tous ceux que vous avez utilisés)
help-list-ca-file = Pour le certificat du relais, ne se fier qu’aux autorités de ce fichier PEM
help-show = Montrer qui est venu chercher un transfert, quand, d’où, jusqu’où
help-show-transfer = Le transfert, ou le début de son identifiant
help-show-ca-file = Pour le certificat du relais, ne se fier qu’aux autorités de ce fichier PEM
help-extend = Donner une autre fin à un transfert ; rien n’est renvoyé
help-extend-transfer = Le transfert, ou le début de son identifiant
help-extend-expires = Quand il prendra fin désormais : 36h, 7d, 2w ou une date comme 2026-12-24
help-extend-ca-file = Pour le certificat du relais, ne se fier qu’aux autorités de ce fichier PEM
help-revoke = Mettre fin à un transfert ; le relais le détruit
help-revoke-transfer = Le transfert, ou le début de son identifiant
help-revoke-ca-file = Pour le certificat du relais, ne se fier qu’aux autorités de ce fichier PEM
help-receipt = Obtenir l’attestation de destruction signée par le relais
help-receipt-transfer = Le transfert, ou le début de son identifiant
help-receipt-output = Dossier où écrire attestation, signature et clé ; sortie standard par défaut
help-receipt-ca-file = Pour le certificat du relais, ne se fier qu’aux autorités de ce fichier PEM
value-id = ID
ask-new-password = Mot de passe pour le destinataire
ask-password = Mot de passe du transfert
password-wrong = le transfert demande un mot de passe, et ce n’est pas celui-ci
password-wrong-hint = demandez-le à l’expéditeur ; après 10 erreurs, plus personne ne pourra le recevoir
transfer-frozen = trop de mots de passe erronés : plus personne ne peut le recevoir
transfer-frozen-hint = demandez un nouvel envoi à l’expéditeur
sending-again = reprise d’un envoi interrompu des mêmes éléments
sending-again-password = le mot de passe est celui qui a été donné au début
sending-other = { $id } : un envoi interrompu des mêmes éléments, avec d’autres limites, reste en l’état ; quitus resume le reprend, quitus revoke y met fin
sending-anew = ce qui était en cours d’envoi a changé : l’envoi recommence
sending-stale = ce qui était en cours d’envoi a changé
sending-stale-hint = envoyez-le de nouveau
link-not-written = le lien n’a pas pu être écrit à sa place : { $link }
revoked = { $id } est révoqué : plus personne ne peut le recevoir
extended = { $id } prend désormais fin le { $expires }
not-sent-here = cet appareil n’a pas envoyé ce transfert
transfer-ended = ce transfert a pris fin
id-unknown = aucun transfert n’a d’identifiant commençant par { $id }
id-unknown-hint = quitus list les affiche
id-ambiguous = { $id } est trop court : donnez plus de caractères de l’identifiant
state-uploading = en cours d’envoi
state-live = en attente
state-frozen = gelé : trop de mots de passe erronés
state-expired = expiré
state-used = reçu
state-revoked = révoqué
state-destroyed = détruit
list-line = { $id }  { $state }, reçu { $consumed } fois sur { $downloads }, jusqu’au { $expires }, { SIZE($bytes) }
show-summary =
    { $id } : { $state }
    reçu { $consumed } fois sur { $downloads }, réceptions en cours { $running }, clé remise { $released } fois, mots de passe erronés { $wrong }
    ouvert le { $created }, jusqu’au { $expires }, { SIZE($bytes) }
show-grant = téléchargement { $grant } : { $state }, { $asked } parties sur { $parts }, jusqu’au { $until }
show-access = { $at }  { $what }  depuis { $address }  téléchargement { $grant }  avec { $agent }
happening-created = ouvert
happening-completed = complet
happening-claimed = demandé, clé remise
happening-refused = refusé
happening-wrong-password = mot de passe erroné
happening-frozen = gelé
happening-done = reçu
happening-lapsed = téléchargement abandonné
happening-extended = prolongé
happening-recipients = autres destinataires
happening-cut = téléchargement coupé
happening-revoked = révoqué
happening-expired = expiré
happening-destroyed = détruit
happening-destruction-incomplete = tout n’a pas pu être détruit
happening-barred = refusé par les règles de la mission
happening-joined = entré dans la mission
happening-agreed = règles acceptées
happening-engaged = confirmé : les deux ont signé
happening-suspended = mission gelée
happening-resumed = mission dégelée
happening-deactivated = accès retiré
happening-admitted = accès rendu
happening-proposed = autres règles proposées
happening-accepted = autres règles acceptées
happening-concluded = mission terminée
happening-closed = date de fin atteinte
value-s3-url = URL-S3
value-region = RÉGION
help-check = Regarder dans le bucket du relais avec vos propres identifiants, et signer ce qui s’y trouve d’un transfert
help-check-more =
    Des identifiants qui ne peuvent que lister suffisent. Ils viennent de là où tout
    outil AWS les cherche : AWS_ACCESS_KEY_ID et AWS_SECRET_ACCESS_KEY, ou un profil.
help-check-transfer = Le transfert, ou le début de son identifiant
help-check-bucket = Bucket et préfixe du relais, par exemple s3://bucket/relais
help-check-s3-endpoint = Où se trouve son API S3, par exemple https://s3.example (AWS par défaut)
help-check-s3-region = Région pour laquelle les requêtes sont signées (AWS_REGION, ou us-east-1, par défaut)
help-check-s3-virtual-host = Le bucket fait partie du nom d’hôte
help-check-s3-ca-file = Certificats à reconnaître pour le serveur du bucket, en plus de ceux du système, PEM
help-check-passphrase-file = Utiliser la phrase secrète de votre identité, première ligne de ce fichier
help-check-ca-file = Pour le certificat du relais, ne se fier qu’aux autorités de ce fichier PEM
bucket-none = { $text } n’est pas un bucket
bucket-none-hint = donnez-le sous la forme s3://BUCKET ou s3://BUCKET/PRÉFIXE, comme --store du relais
bucket-plain = { $endpoint } n’est pas chiffré, et n’est pas sur cette machine
bucket-plain-hint = donnez une adresse qui commence par https://
bucket-not-built = ce programme a été compilé sans le code qui interroge les buckets
bucket-not-built-hint = compilez-le avec --features s3, comme les versions publiées
bucket-silent = { $bucket } n’a pas pu être listé
bucket-silent-hint = vérifiez --bucket, --s3-endpoint, les identifiants (s3:ListBucket, s3:ListBucketVersions, s3:ListBucketMultipartUploads) et l’horloge
bucket-nothing-stated = le relais n’a encore rien attesté de ce transfert
bucket-nothing-stated-hint = réessayez une fois qu’il aura été reçu ou aura pris fin
bucket-another = le relais atteste qu’il garde les objets ailleurs que dans { $bucket } : l’absence n’y montre rien
bucket-not-whole = les versions, marqueurs de suppression ou envois inachevés n’ont pas tous pu être listés ; l’attestation le dit
bucket-checked = signé : { $versions ->
        [one] { $versions } version
       *[other] { $versions } versions
    }, { $markers ->
        [one] { $markers } marqueur de suppression
       *[other] { $markers } marqueurs de suppression
    }, { $uploads ->
        [one] { $uploads } envoi inachevé
       *[other] { $uploads } envois inachevés
    }
bucket-contradicts = le relais a signé que le transfert est détruit, et le bucket en liste encore quelque chose
bucket-contradicts-hint = les deux sont maintenant signés : demandez à l’exploitant du relais
bucket-by-client = seul le client de la mission regarde dans le bucket du relais
no-receipt = le transfert n’est pas encore détruit, il n’y a donc pas d’attestation
no-receipt-hint = il est détruit une fois terminé et sans téléchargement en cours
receipt-incomplete = le relais atteste que tout n’a pas pu être détruit : lisez ce qui reste
receipt-invalid = l’attestation du relais ne se vérifie pas
receipt-written = attestation écrite : { $path }
receipt-verify = pour la vérifier sur place : ssh-keygen -Y verify -f allowed_signers -I relay -n quitus-statement-v1 -s { $name }.sig < { $name }
resume-sending = reprise de l’envoi { $id }
resume-not-begun = la réception de { $id } a été interrompue avant que son lien soit gardé : relancez quitus receive avec le lien
resume-receiving = reprise de la réception { $id }
resume-partly = { $n ->
    [one] un transfert est encore interrompu
   *[other] { $n } transferts sont encore interrompus
}
resume-streamed = ce qui allait vers un tube ou un périphérique ne peut pas être repris
ledger-damaged-hint = une version plus récente de quitus l’a peut-être écrit : mettez celle-ci à jour ; rien n’a été changé
clock-fast = le relais refuse les demandes d’une horloge qui avance de { $minutes } minutes
clock-slow = le relais refuse les demandes d’une horloge qui retarde de { $minutes } minutes
clock-hint = mettez l’horloge de cette machine à l’heure, puis relancez la même commande
reason-no-host = aucun hôte de ce nom n’est connu
relay-tls-hint = si le certificat du relais vient de votre propre autorité, indiquez-la avec --ca-file

## Qui vous êtes

value-name = NOM
value-key = CLÉ
value-card = CARTE
help-init = Créer vos clés et votre carte de contact, une fois
help-init-more =
    Exemple :
      quitus init --name "Alice Martin"

    L’identité ouvre ce qui est scellé pour vous ; elle est gardée scellée par une
    phrase secrète. La clé de signature signe en votre nom ; --sign-with en désigne
    une que vous avez déjà. La clé de requête est votre compte auprès des relais ;
    elle est créée ici et y reste.
help-init-name = Le nom que vous vous donnez sur votre carte
help-init-no-passphrase = Garder l’identité sans phrase secrète
help-init-passphrase-file = Sceller l’identité par la phrase secrète en première ligne de ce fichier
help-init-sign-with = Signer avec ce fichier de clé OpenSSH, ou par l’agent ssh : agent ou agent:SHA256:…
help-id = Montrer votre carte de contact, et les mots que les autres comparent
help-id-more =
    Exemple :
      quitus id -o alice.card

    Donnez la carte par n’importe quel canal, et comparez ses mots de vive voix.
help-id-qr = Montrer la carte comme une image à scanner
help-id-output = Écrire la carte dans ce fichier, qui ne doit pas exister, ou sur - (sortie standard)
help-contact = Épingler les clés d’autres personnes sous un nom
help-contact-add = Épingler les clés de quelqu’un ; d’autres clés sous le même nom sont refusées
help-contact-add-name = Le nom à donner
help-contact-add-card = La carte, ou des clés publiques OpenSSH : un fichier, le texte même, ou - pour l’entrée standard
help-contact-list = Lister les clés épinglées, et dire si les mots ont été comparés
help-contact-verify = Montrer les mots de quelqu’un et les vôtres, à comparer de vive voix
help-contact-verify-name = De qui comparer les mots
help-contact-verify-yes = Les mots sont les mêmes : ne rien demander
help-contact-replace = Épingler d’autres clés sous un nom ; leurs mots sont à comparer de nouveau
help-contact-replace-name = Le nom
help-contact-replace-card = La carte, ou des clés publiques OpenSSH : un fichier, le texte même, ou - pour l’entrée standard
help-contact-remove = Oublier les clés de quelqu’un
help-contact-remove-name = Qui oublier
ask-name = Votre nom, tel que les autres le verront
ask-identity-passphrase = Phrase secrète pour votre identité
init-done = vous avez déjà des clés et une carte
init-done-hint = quitus id montre la carte
init-made = clés créées ; votre identité est { $path } : qui la perd ne peut plus ouvrir ce qui fut scellé pour elle
init-no-passphrase = votre identité est gardée sans phrase secrète : qui lit son fichier peut ouvrir ce qui est scellé pour vous
card-name = { $name } ne peut figurer sur une carte : 1 à 128 octets, sans caractères de contrôle ni espaces autour
no-card = vous n’avez pas encore de carte
no-card-hint = quitus init crée vos clés et votre carte
card-written = carte écrite : { $path }
qr-too-long = la carte est trop longue pour une image
qr-too-long-hint = -o l’écrit dans un fichier
id-name = nom                { $name }
id-recipient = destinataire       { $recipient }
id-signing-key = clé de signature   { $key }
id-request-key = clé de requête     { $key }
id-fingerprint = empreinte          { $fingerprint }
id-words = mots               { $words }
contact-pinned = clés de { $name } épinglées : { $fingerprint }
contact-compare = comparez ces mots avec { $name } de vive voix, puis : quitus contact verify { $name }
contact-known = les clés de { $name } sont déjà épinglées
contact-removed = clés de { $name } oubliées
contact-verified = clés de { $name } vérifiées
contact-verified-at = vérifiées { $at }
contact-unverified = non vérifiées
contact-line = { $name }  { $fingerprint }  { $verified }
words-theirs = { $name } : { $words }
words-own = vous : { $words }
ask-words = Les mots lus par { $name } sont-ils les mêmes pour les deux (oui ou non)
words-differ = les mots de { $name } sont autres : des clés ont été échangées en chemin
words-differ-hint = obtenez la carte de nouveau par un autre canal, puis quitus contact replace
contacts-damaged = les contacts dans { $path } sont endommagés
contacts-full = il n’y a plus de place pour d’autres contacts
contact-name = { $name } n’est pas un nom de contact
contact-name-hint = 1 à 64 octets sans espaces, ne commençant pas comme une option ou une clé
contact-changed = les clés de { $name } ne sont pas celles qui sont épinglées
contact-changed-hint = demandez à { $name } par un autre canal ; si elles sont bonnes, quitus contact replace { $name }
contact-taken = ces clés sont épinglées sous le nom { $name }
contact-unknown = aucun contact ne s’appelle { $name }
contact-unknown-hint = quitus contact list les montre
changed-signing-key = une autre clé de signature
changed-request-key = une autre clé de requête
changed-recipients = d’autres destinataires
changed-both = { $former }, { $next }
keys-skipped = { $n ->
    [one] une ligne n’est pas une clé ssh-ed25519 et a été ignorée
   *[other] { $n } lignes ne sont pas des clés ssh-ed25519 et ont été ignorées
}
card-invalid = cette carte ne se vérifie pas
card-too-large = une carte a au plus { SIZE($limit) }
no-keys = ni carte de contact ni clé publique ssh-ed25519
no-keys-hint = quitus id -o FICHIER écrit une carte ; les forges publient les clés sous NOM.keys
too-many-keys = { $n } clés sont trop pour une personne
key-is-another = la clé dans { $path } n’est pas celle qui signe en votre nom
key-locked = la clé { $path } est verrouillée par une phrase secrète
key-algorithm = la clé { $path } est de type { $algorithm }, non ssh-ed25519
key-in-agent-hint = laissez signer l’agent ssh : ssh-add { $path }, puis --sign-with agent
agent-unknown = aucun agent ssh n’est connu ici
agent-unknown-hint = démarrez-en un, pour que SSH_AUTH_SOCK désigne sa prise
agent-unreachable = impossible de parler à l’agent ssh
agent-refused = l’agent ssh a refusé
agent-malformed = l’agent ssh a donné une réponse qui n’a pas de sens
agent-wrong-signature = l’agent ssh a donné une signature qui ne se vérifie pas
agent-fingerprint = agent: est suivi d’une empreinte telle que ssh-add -l la montre
agent-empty = l’agent ssh n’a pas de telle clé de type ssh-ed25519 ou sk-ssh-ed25519
agent-empty-hint = ssh-add -l liste ce qu’il a
agent-key = l’agent ssh a { $fingerprint } { $comment }
agent-several = l’agent ssh a plusieurs clés qui pourraient signer
agent-several-hint = désignez-en une : --sign-with agent:SHA256:…
key-unlock-hint = déverrouillez-en une copie pour cela : ssh-keygen -p -f COPIE
plugin-says = greffon : { $text }
plugin-asks = greffon : { $text }
plugin-asks-whether = greffon : { $text } (oui : { $yes }, non : { $no })
plugin-failed = le greffon age ne l’a pas fait

## Destinataires, invitations

help-send-to = Pour ce contact seulement ; peut être répété. Le lien ne contient alors aucun secret
help-send-link = Pour quiconque a le lien, comme sans --to
help-receive-from = Refuser ce que ce contact n’a pas signé
help-receive-passphrase-file = Prendre la phrase secrète de votre identité sur la première ligne de ce fichier
help-inbox = Lister ce qui vous attend
help-inbox-relay = Adresse du relais (par défaut tous ceux que vous avez rejoints)
help-inbox-passphrase-file = Prendre la phrase secrète de votre identité sur la première ligne de ce fichier
help-inbox-ca-file = Pour le certificat du relais, ne se fier qu’aux autorités de ce fichier PEM
help-recipient = Désigner les destinataires de ce que vous avez envoyé
help-recipient-add = Désigner un destinataire de plus ; rien n’est envoyé à nouveau
help-recipient-add-transfer = Le transfert, ou le début de son identifiant
help-recipient-add-name = Le contact
help-recipient-add-passphrase-file = Prendre la phrase secrète de votre identité sur la première ligne de ce fichier
help-recipient-add-ca-file = Pour le certificat du relais, ne se fier qu’aux autorités de ce fichier PEM
help-extend-passphrase-file = Prendre la phrase secrète de votre identité sur la première ligne de ce fichier
help-invite = Inviter quelqu’un sur un relais ; affiche l’invitation à remettre
help-invite-more =
    Exemple :
      quitus invite bob > invitation.txt

    Quiconque utilise l’invitation devient votre contact de ce nom et peut envoyer
    par le relais. Elle sert une fois : remettez-la par un canal de confiance.
help-invite-name = Le nom que prend parmi vos contacts la personne invitée
help-invite-expires = Fin de l’invitation : 36h, 7d, 2w ou une date comme 2026-12-24 (par défaut 7d, sept jours)
help-invite-relay = Adresse du relais (par défaut celui que vous avez rejoint)
help-invite-ca-file = Pour le certificat du relais, ne se fier qu’aux autorités de ce fichier PEM
help-invites = Lister vos invitations ; la personne qui en a utilisé une devient votre contact
help-invites-relay = Adresse du relais (par défaut celui que vous avez rejoint)
help-invites-ca-file = Pour le certificat du relais, ne se fier qu’aux autorités de ce fichier PEM
help-join = Rejoindre un relais par une invitation ; la personne qui l’a faite devient votre contact
help-join-more =
    Exemple :
      quitus join - < invitation.txt
help-join-invite = L’invitation, ou - pour la lire sur l’entrée standard
help-join-as = Nom du contact que devient la personne qui invite (par défaut celui de sa carte)
help-join-ca-file = Pour le certificat du relais, ne se fier qu’aux autorités de ce fichier PEM
value-invite = INVITATION
ask-invite = Invitation
invite-in-arguments = une invitation en argument est visible des autres programmes de cette machine ; - la lit sur l’entrée standard
invite-malformed = ce n’est pas une invitation
invite-altered = la partie après # a été altérée, ou appartient à une autre invitation
invite-version = l’invitation est de version { $version }, qui demande une version plus récente de quitus
invite-hint = copiez-la de nouveau en entier : ADRESSE/i/ID#v1.…
invited = { $name } a une invitation jusqu’au { $expires } ; remettez ceci par un canal de confiance :
invite-line = { $name }  { $state }, jusqu’au { $expires }
invite-open = pas encore utilisée
invite-used = utilisée
invite-expired = terminée
invite-refused = quelqu’un d’autre a voulu utiliser l’invitation de { $name } après coup, { $n } fois : demandez qui d’autre l’a reçue
joined = relais rejoint : { $relay }
contact-joined = { $name } est désormais un contact ; mots : { $words }
card-swapped = le relais montre une clé ou une carte qui n’appartient pas à l’invitation
card-swapped-hint = demandez une autre invitation par un canal de confiance, et prévenez la personne qui l’a faite
relay-older = { $relay } parle le protocole { $named }, alors qu’il faut le { $lowest }, ou qu’il l’a déjà parlé
relay-no-protocol = { $relay } n’indique aucun protocole, alors qu’il faut le { $lowest }, ou qu’il l’a déjà parlé
relay-older-hint = rien n’a été fait ; demandez à son opérateur par une autre voie. S’il est vraiment revenu à une version antérieure, retirez sa ligne de { $path }
relay-other-key = { $relay } montre une autre clé d’attestation que celle qui a été retenue quand vous l’avez rejoint
relay-other-key-hint = ne continuez pas avant que l’opérateur vous l’ait expliqué en personne
link-no-secret-hint = si le lien était plus long, copiez-le en entier ; s’il vous est destiné par clé : quitus init
envelope-for-others = le transfert est scellé pour d’autres clés que les vôtres
envelope-hint = il faut à l’expéditeur votre carte actuelle : quitus id
recipient-without-card = { $name } n’a pas de carte ici, seulement des clés SSH : pour recevoir, { $name } lance quitus init --sign-with avec le fichier d’une de ces clés, sans phrase secrète. Avec une carte (quitus id), rien de cela n’est nécessaire
recipient-unverified = les mots de { $name } n’ont pas encore été comparés : quitus contact verify { $name }
sender-contact = { $name } ({ $key })
sender-unknown = { $key }, qui n’est pas l’un de vos contacts
sender-unreadable = ?
other-sender = ceci n’est pas signé par { $name } mais par { $sender } ; rien n’a été écrit
other-sender-hint = renseignez-vous auprès de la personne qui vous a remis le lien
terms-older = le relais montre les conditions de version { $version }, la version { $seen } a déjà été vue
receiving-file = { "  " }{ $path }  { SIZE($bytes) }
receiving-others = { "  " }et { $n } autres
inbox-line = { $link }  de { $sender }, { SIZE($bytes) }, jusqu’au { $expires }
recipient-added = { $name } peut désormais recevoir { $id }
recipient-known = { $name } peut déjà le recevoir
recipient-of-link = ce transfert est pour quiconque a son lien
recipient-of-link-hint = remettez son lien, ou envoyez-le de nouveau avec --to
invite-name-known = un contact s’appelle déjà { $name }

## Secrets

help-send-secret = Mot de passe ou clé, tapé ou reçu d’un tube au lieu de fichiers, sous ce nom ; montré une fois, pas écrit
ask-secret = Le secret à transmettre
ask-secret-again = Le même encore une fois
secret-empty = il n’y a aucun secret à transmettre
secret-too-long = un secret a { $max } octets au plus
secret-name = { $name } ne peut pas être le nom d’un secret
secret-not-shown = ceci est un secret, à montrer sur un terminal
secret-not-shown-hint = -o - l’écrit tout de même sur la sortie standard, -o DOSSIER dans un fichier
resume-secret = un secret qui a été tapé n’est plus nulle part, donc il ne peut pas être repris

## Copies

progress-searching = recherche, fichiers examinés
unsearched-name = le registre n’a pas son nom exact
unsearched-link = un lien se trouve là où un fichier a été reçu ; sa cible n’a pas été examinée

## La machine du détenteur

help-device = Dire si le disque d’un dossier est vu comme chiffré
help-device-more =
    Ce qui s’affiche est ce que voit cet outil, sans droits particuliers : un disque
    qui chiffre de lui-même, ou l’hôte d’une machine virtuelle, ne se voit pas.
help-device-folder = Le dossier ; par défaut, le dossier courant
help-device-require-encryption = Échouer avec le code 9 s’il n’est pas vu comme chiffré
device-line = { $path } : { $answer }
device-encrypted = chiffré
device-not-encrypted = non chiffré, autant qu’on puisse voir
device-not-known = inconnu
device-seen = {"  "}{ $seen }
device-refused = le disque de { $path } n’est pas vu comme chiffré, et il doit l’être
device-refused-unknown = rien ne permet de dire ici si le disque de { $path } est chiffré, et il doit l’être
device-refused-hint = choisissez un dossier sur un disque chiffré (LUKS, FileVault, BitLocker) ; voir : quitus device DOSSIER

help-receive-keep-sealed = Garder scellé, la clé dans votre trousseau seulement ; voir : quitus open
help-open = Déposer les fichiers d’un transfert gardé scellé
help-open-more =
    Exemple :
      quitus receive - --keep-sealed < lien.txt
      quitus open 1a2b3c4d
      quitus close 1a2b3c4d
help-open-transfer = Le transfert, ou le début de son identifiant
help-open-output = Dossier où écrire (par défaut, le dossier courant)
help-open-portable-names = Renommer les fichiers dont certains systèmes ne peuvent porter le nom
help-close = Retirer ce qui a été ouvert, s’il est resté tel quel
help-close-transfer = Le transfert, ou le début de son identifiant
opened = ouvert : { $path } ; quand vous aurez fini : quitus close { $id }
closed = refermé : { $path }
open-already = il est déjà ouvert : { $path }
open-already-hint = quitus close { $id }
open-not-kept = ce transfert n’est pas gardé scellé ici
open-not-kept-hint = recevez-le avec --keep-sealed
open-no-key = la clé de ce qui est gardé scellé n’est plus sur cette machine
open-no-key-hint = demandez à l’expéditeur de l’envoyer à nouveau
cannot-read-kept = impossible de lire ce qui est gardé scellé
cannot-read-kept-hint = vérifiez que son disque est là et lisible
close-not-open = ce transfert n’est pas ouvert
close-not-open-hint = ouvrez-le d’abord : quitus open ID
close-changed = modifié ou ajouté depuis l’ouverture : { $path }
close-refused = { $n ->
        [one] rien n’a été retiré : { $n } fichier n’est pas tel qu’ouvert
       *[other] rien n’a été retiré : { $n } fichiers ne sont pas tels qu’ouverts
    }
close-refused-hint = déplacez ce que vous voulez garder, ou retirez-le vous-même ; puis refermez

# Attestations

help-verify = Vérifier des attestations et des dossiers, hors ligne
help-verify-more =
    Une ligne par attestation : son niveau (L1 signée, L2 inscrite au journal du relais, L3 contresignée par l’autre
    partie, L4 par un tiers), ou la raison pour laquelle elle ne compte pas. Sans l’annexe du contrat, rien ne confirme
    qui a signé : code de sortie 13. docs/evidence.md donne la liste des raisons.
help-verify-files = Dossiers, en fichier zip ou décompressés, ou attestations avec leur .sig à côté
help-verify-trust = L’annexe du contrat, qui fixe qui signe
help-verify-at = Le moment auquel juger, tel que 2030-01-31T12:00:00Z ; maintenant par défaut
help-verify-policy = Le journal et ses témoins, à la place de ceux du dossier
value-annex = ANNEXE
value-time = MOMENT
statement-damaged = l’attestation conservée { $path } ne se vérifie plus
statement-damaged-hint = remettez-la depuis une copie : d’autres l’ont aussi
no-dossier = { $path } n’est pas un dossier
annex-empty = aucune clé n’est fixée dans { $path }
annex-empty-hint = une ligne telle que « client SHA256:… » en fixe une ; quitus annex écrit un tel fichier
policy-malformed = { $path } n’est pas la politique d’un journal
evidence-invalid = les attestations ne se vérifient pas
evidence-invalid-hint = les raisons sont ci-dessus ; demandez les fichiers d’origine à qui vous les a donnés
evidence-unsupported = quelque chose est d’une version ou d’un type que ce programme ne connaît pas
evidence-unsupported-hint = vérifiez avec une version plus récente
signer-unconfirmed = tout concorde, mais rien ne confirme à qui sont les clés
signer-unconfirmed-hint = comparez avec l’annexe du contrat : quitus verify --trust ANNEXE FICHIER

help-log = Vérifier qu’un relais montre à tous le même journal
help-log-verify = Vérifier que le journal continue ce que vous aviez vu, et le contresigner ; écrit l’état
help-log-verify-relay = Adresse du relais ; celui que vous avez rejoint par défaut
help-log-verify-ca-file = Ne faire confiance qu’aux autorités de ce fichier PEM pour le certificat du relais
help-log-compare = Comparer deux états enregistrés, comme le vôtre et celui de l’autre partie
help-log-compare-one = Un état, tel que quitus log verify l’écrit
help-log-compare-other = Un autre
help-log-compare-ca-file = Ne faire confiance qu’aux autorités de ce fichier PEM pour le certificat du relais
log-malformed = ce que le relais montre de son journal est mal formé, ou n’est pas signé par sa clé
log-rolled-back = le journal de { $relay } est plus court qu’avant : quelque chose a été retiré
log-forked = le journal de { $relay } est montré de deux façons qui se contredisent
log-forked-hint = gardez les deux fichiers : ensemble, ils le montrent à tous
log-evidence = les deux états sont gardés dans { $path } : montrez-les à l’autre partie
log-not-joined = aucune clé n’est fixée pour le journal de { $relay }
log-empty = le journal de { $relay } est vide
log-consistent = le journal de { $relay } continue ce qui avait été vu : { $size } entrées
log-same = les deux sont le même état du journal : { $size } entrées
log-continues = l’état à { $later } entrées continue celui à { $former }
log-two-logs = ce sont des états de deux journaux
log-unknown-hint = ce journal n’est d’aucun relais que vous avez rejoint
checkpoint-invalid = { $path } n’est pas un état d’un journal dont la clé est fixée

help-dossier = Réunir attestations, preuves d’inscription et procès-verbal en un fichier ; le vérifier, le montrer
help-dossier-build = Réunir ce qui est connu d’un transfert et écrire son dossier
help-dossier-build-transfer = Le transfert, ou le début de son identifiant
help-dossier-build-output = Le fichier à écrire ; dossier-ID.zip ici par défaut
help-dossier-build-passphrase-file = La phrase secrète de votre identité est sur la première ligne de ce fichier
help-dossier-build-ca-file = Ne faire confiance qu’aux autorités de ce fichier PEM pour le certificat du relais
help-dossier-verify = Vérifier des dossiers, comme quitus verify
help-dossier-verify-files = Dossiers, en fichier zip ou décompressés, ou attestations avec leur .sig à côté
help-dossier-verify-trust = L’annexe du contrat, qui fixe qui signe
help-dossier-verify-at = Le moment auquel juger, tel que 2030-01-31T12:00:00Z ; maintenant par défaut
help-dossier-verify-policy = Le journal et ses témoins, à la place de ceux du dossier
help-dossier-show = Écrire le procès-verbal, refait à partir des attestations qui comptent
help-dossier-show-dossier = Le dossier
help-dossier-show-output = Où écrire la page ; la sortie standard par défaut
dossier-not-written = ce qui a été réuni ne se vérifie pas : aucun dossier n’a été écrit
dossier-written = dossier écrit : { $path }
dossier-verify = pour le vérifier : quitus verify { $name } ; sans Quitus : décompressez-le, puis sh verify.sh

## Détruire ce qui a été reçu

help-destroy = Détruire toute copie de ce que vous avez reçu, et signer ce qu’il en est advenu
help-destroy-more =
    Les copies sont cherchées là où elles ont été reçues, dans la corbeille et, par leur
    contenu, sous chaque dossier --search. Voyez d’abord ce qui disparaîtrait :
    quitus destroy --all --dry-run

    Questions et noms pour --answer : cloud, ai, others, media, paper, backups.
    Ce qui est interrompu reprend avec la même commande.
help-destroy-transfers = Transferts reçus, ou le début de leurs identifiants
help-destroy-engagement = Tout ce qui relève de cette mission, ou du début de son identifiant
help-destroy-all = Tout ce que vous avez reçu sur cette machine
help-destroy-search = Chercher aussi dans ce dossier et tout ce qu’il contient
help-destroy-cross-file-systems = Regarder aussi les systèmes de fichiers montés sous ces dossiers
help-destroy-dry-run = Seulement lister ce qui est trouvé, sur la sortie standard
help-destroy-include-changed = Détruire aussi les fichiers modifiés depuis leur réception
help-destroy-except = Garder ce fichier, ou ce que contient ce dossier ; exige --basis
help-destroy-basis = La base légale de cette conservation : une pour tout, ou une pour chaque
help-destroy-answers = Répondre d’avance à une question, par exemple cloud=non
help-destroy-overwrite = Réécrire les fichiers avant de les retirer ; sans effet sur les systèmes à copie sur écriture et la mémoire flash
help-destroy-with-places = Dire dans l’attestation où étaient les copies
help-destroy-yes = Ne pas demander s’il faut continuer
help-destroy-output = Écrire aussi attestation, signature et clé dans ce dossier
value-engagement = MISSION
value-text = TEXTE
value-name-text = NOM=TEXTE
progress-destroying = destruction, fichiers traités
destroy-nothing = il n’est pas dit de quels transferts, ou aucun n’a été reçu ici
destroy-nothing-hint = donnez leurs identifiants, --engagement ou --all
destroy-goes-on = reprise de la destruction commencée le { $begun }
destroy-line = { $fate }  { $kind }  { $path }
fate-destroy = détruire
fate-retain = garder
fate-leave = laisser
copy-received = tel que reçu
copy-changed = modifié depuis
copy-elsewhere = copie
copy-sealed = copie scellée
copy-identity = sa clé
copy-beside = à côté d’une copie
copy-trashed = dans la corbeille
copy-unfinished = réception interrompue
destroy-others = { $n ->
        [one] et { $n } autre ; voir --dry-run
       *[other] et { $n } autres ; voir --dry-run
    }
destroy-found = { $copies ->
        [one] { $copies } copie trouvée ; fichiers fouillés : { $files }, dossiers : { $folders }
       *[other] { $copies } copies trouvées ; fichiers fouillés : { $files }, dossiers : { $folders }
    }
destroy-unsearched = non examiné : { $path } : { $reason }
destroy-left-out = autre système de fichiers, non fouillé : { $path }
destroy-leaves = { $n ->
        [one] { $n } fichier modifié reste, l’attestation dira donc que la destruction est incomplète ; voir --include-changed
       *[other] { $n } fichiers modifiés restent, l’attestation dira donc que la destruction est incomplète ; voir --include-changed
    }
ask-destroy-changed = modifié depuis sa réception ; le détruire ? { $path } [o/n]
except-no-copy = rien de ce qui a été trouvé n’est là : { $path }
except-no-copy-hint = voyez ce qui est trouvé avec --dry-run, ou retirez ce --except
except-basis = chaque --except exige un --basis, ou un seul --basis pour tous
except-basis-hint = par exemple : --except contrat.pdf --basis "Art. L123-22 Code de commerce"
question-answer-malformed = ce n’est la réponse à aucune question : { $answer }
question-answer-hint = écrivez NOM=TEXTE avec l’un de : { $names }
question-answer-too-long = la réponse est trop longue : { $max } caractères au plus
question-answer-too-long-hint = écrivez l’essentiel ; les détails peuvent être donnés ailleurs
question-cloud = Des copies ont-elles été stockées ou synchronisées dans un nuage (Drive, Dropbox, OneDrive, iCloud, hébergeur Git) ? Lequel, et y sont-elles supprimées ?
question-ai = Une partie a-t-elle été confiée à des outils d’IA ou à d’autres services en ligne ? Lesquels, et y est-elle supprimée ?
question-others = D’autres personnes (collègues, sous-traitants) en ont-elles reçu ? Qui, et l’ont-elles supprimé ?
question-media = En reste-t-il sur un support amovible, un téléphone ou une autre machine ? Lequel, et qu’en est-il advenu ?
question-paper = En reste-t-il sur papier ? Qu’en est-il advenu ?
question-backups = En reste-t-il dans des sauvegardes ou des instantanés ? Jusqu’à quand existent-ils ?
destroy-declaration = Les réponses de cette attestation sont les miennes. À ma connaissance, je ne garde aucune autre copie de ces données que celles nommées dans cette attestation et dans mes réponses.
destroy-will-sign = avant toute destruction : voici ce que vous signerez
destroy-answer = { $question } - { $answer }
destroy-declares = { $text }
destroy-word = détruire
ask-destroy = { $n ->
        [one] { $n } copie a été trouvée ; tapez « { $word } » pour continuer
       *[other] { $n } copies ont été trouvées ; tapez « { $word } » pour continuer
    }
destroy-not-confirmed = rien n’a été détruit : ce n’était pas confirmé
destroy-not-confirmed-hint = recommencez et tapez le mot tel qu’affiché, ou utilisez --yes
destroy-refused = toujours là : { $path } : { $reason }
left-linked = son nom a été retiré, mais un autre nom des mêmes octets (un lien physique) demeure
left-changed = il a changé après avoir été listé, et n’a pas été retiré
destroy-stated = attestation signée et gardée : { $path }
destroy-not-left = les autres parties n’ont pas encore l’attestation ; elle leur sera laissée à la prochaine visite de la mission
destroy-verify = pour la vérifier sur place : ssh-keygen -Y verify -f allowed_signers -I holder -n quitus-statement-v1 -s { $name }.sig < { $name }
destroy-done = il ne reste rien de ce qui était cherché, autant qu’on ait cherché ; l’attestation dit ce qui ne l’a pas été
destroy-incomplete = la destruction est incomplète : il reste quelque chose, ou quelque chose n’a pu être examiné ; l’attestation dit quoi
destroy-incomplete-hint = levez ce qui fait obstacle, puis recommencez
destroy-on-in-place = retirer un nom laisse ses octets sur le support jusqu’à ce que la place resserve
destroy-on-copy-on-write = { $name } écrit ailleurs ou partage des blocs : d’anciens blocs et des instantanés peuvent rester, même si les fichiers sont réécrits
destroy-on-overlay = { $name } est posé sur d’autres dossiers, qui peuvent garder ce qu’ils avaient
destroy-on-memory = { $name } est gardé en mémoire ou dans l’espace d’échange
destroy-on-network = { $name } est gardé par une autre machine, qui peut garder d’anciennes versions
destroy-on-unknown = ce que { $name } garde des fichiers retirés n’est pas connu ici
plan-damaged = le plan d’une destruction est illisible : { $path }
plan-damaged-hint = remettez-le depuis une copie ; à défaut, retirez-le et recommencez : l’attestation portera sur ce qui sera trouvé alors

value-title = TITRE
value-ref = RÉF
value-choice = CHOIX
value-span = DURÉE
value-cidr = CIDR
value-bytes = OCTETS
help-send-engagement = Dans cette mission : son titre, son contrat ou le début de son identifiant
help-send-return = C’est une restitution : livrables et données confiées ; vous le signez
help-join-accept = Accepter les règles et chaque document sans question
help-join-reserve = Ce que vous n’acceptez pas, tel qu’il est signé
help-join-output = Dossier où écrire les documents (par défaut le dossier courant)
help-engagement = Ouvrir, confirmer, modifier et afficher des missions
help-engagement-new = Ouvrir une mission et y inviter un prestataire
help-engagement-new-more =
    Exemple :
      quitus engagement new "Refonte SI" --with bob --contract CT-2026-118 \
        --until 2027-03-31 --choice both --terms nda.pdf > invitation.txt

    Vous signez les règles ; la personne qui utilise l’invitation les voit avec
    chaque document, signe à son tour, et vous confirmez. Rien n’est
    téléchargeable avant.
help-engagement-new-title = Le nom que vous lui donnez
help-engagement-new-with = Le nom sous lequel le prestataire devient votre contact
help-engagement-new-contract = La référence du contrat
help-engagement-new-until = Sa fin : 90d ou une date telle que 2027-03-31
help-engagement-new-choice = Le sort des données à la fin : destroy (détruire), return (restituer) ou both (les deux)
help-engagement-new-inactive = Durée sans usage après laquelle l’accès prend fin (par défaut 30d)
help-engagement-new-allow-ip = Le prestataire ne peut télécharger et envoyer que depuis ce réseau ; peut être répété
help-engagement-new-require-disk-encryption = Les fichiers ne sont écrits que sur un disque chiffré
help-engagement-new-terms = Un document à accepter ; peut être répété
help-engagement-new-purpose = Ce à quoi les données peuvent servir
help-engagement-new-max-size = Taille maximale d’un transfert, en octets
help-engagement-new-expires = Fin de l’invitation : 36h, 7d, 2w ou une date (par défaut 7d)
help-engagement-new-relay = Adresse du relais (par défaut celui que vous avez rejoint)
help-engagement-new-ca-file = Ne faire confiance qu’aux autorités de ce fichier PEM pour le certificat du relais
help-engagement-invite = Inviter un prestataire de plus
help-engagement-confirm = Signer ce que des prestataires ont accepté ; ils peuvent alors télécharger et envoyer
help-engagement-confirm-yes = Signer sans question
help-engagement-amend = Proposer d’autres règles ; elles comptent quand tous les ont signées
help-engagement-amend-until = Sa fin : 90d ou une date telle que 2027-03-31
help-engagement-amend-choice = Le sort des données à la fin : destroy (détruire), return (restituer) ou both (les deux)
help-engagement-amend-inactive = Durée sans usage après laquelle l’accès prend fin
help-engagement-amend-allow-ip = Téléchargement et envoi depuis ce réseau seulement, au lieu des précédents
help-engagement-amend-purpose = Ce à quoi les données peuvent servir
help-engagement-accept = Signer les règles proposées
help-engagement-accept-yes = Signer sans question
help-engagement-admit = Rendre son accès à un prestataire
help-engagement-cut = Retirer son accès à un prestataire ; ses téléchargements s’arrêtent
help-engagement-status = Afficher qui a accès, ce qui est en cours, ce qui est dû et ce qui est inhabituel
help-engagement-watch = Dire d’où et quand chacun travaille, pour que le reste donne l’alerte
help-engagement-watch-engagement = La mission : son titre, son contrat ou le début de son identifiant
help-engagement-watch-from = Une liste de réseaux, un par ligne, ceux d’un pays par exemple
help-engagement-watch-hours = La journée de travail, du lundi au vendredi, par exemple 8-19+01:00
help-engagement-list = Lister vos missions
value-hours = HEURES
networks-malformed = { $path } n’est pas une liste de réseaux
usual-everywhere = de toute adresse
usual-networks = { $n ->
        [one] d’un réseau
       *[other] de { $n } réseaux
    }
usual-any-time = à toute heure
usual-hours = du lundi au vendredi, { $hours }
help-freeze = Arrêter aussitôt tout téléchargement et tout envoi d’une mission
help-freeze-incident = Ce qui s’est passé, si c’est un incident ; l’autre partie le lit
help-thaw = Reprendre une mission gelée
help-thaw-incident = Ce qui a été constaté, si c’était un incident ; l’autre partie le lit
engagement-unknown = { $name } n’est pas une mission de cet appareil
engagement-unknown-hint = quitus engagement list les affiche
engagement-several = { $name } désigne plusieurs missions
engagement-several-hint = donnez le début de son identifiant, affiché par quitus engagement list
engagement-opened = la mission { $title } est ouverte, sous { $id }
rules-malformed = ces règles ne peuvent pas être signées ainsi
policy-bounds = les règles demandent une valeur hors limites
policy-bounds-hint = une fin à venir dans les dix ans, 1 à 366 jours sans usage, au plus 64 réseaux
rules-title = mission { $title }, contrat { $contract }
rules-purpose = finalité : { $text }
rules-end = prend fin le { $ends } ; l’accès cesse après { $days ->
        [one] un jour
       *[other] { $days } jours
    } sans usage
rules-destroy = à la fin, chaque copie est détruite
rules-return = à la fin, tout est restitué
rules-both = à la fin, tout est restitué et chaque copie détruite
rules-network = seulement depuis { $network }
rules-disk = les fichiers ne sont écrits que sur un disque chiffré
rules-size = transferts de { SIZE($bytes) } au plus
rules-document = document { $name }, SHA-256 { $digest }
declares = Je déclare que, sur les machines avec lesquelles je travaille, un antivirus et un pare-feu sont actifs, l’écran se verrouille de lui-même, et que je me connecte depuis des réseaux de confiance ou par un VPN.
ask-accept-document = Acceptez-vous { $name } ? (oui/non)
ask-accept-rules = Acceptez-vous ces règles et déclarez-vous ce qui précède ? (oui/non)
not-agreed = vous n’avez pas accepté : rien n’a été signé
not-agreed-hint = quitus join avec la même invitation redemande ; --reserve signe ce que vous n’acceptez pas
not-as-agreed = ce qui est arrivé n’est pas ce qui a été convenu : { $what }
engagement-agreed = vous avez signé ; { $name } doit confirmer avant tout téléchargement
nobody-to-confirm = personne n’attend d’être confirmé
nobody-to-confirm-hint = un prestataire accepte avec quitus join
member-agreed = { $name } a signé ces règles
member-reserves = { $name } émet une réserve : { $text }
ask-confirm = Signez-vous aussi, pour que { $name } puisse télécharger et envoyer ? (oui/non)
member-engaged = { $name } est engagé : les deux ont signé
member-unknown = { $name } n’est pas membre de cette mission
member-unknown-hint = quitus engagement status affiche les membres
member-admitted = { $name } peut de nouveau télécharger et envoyer
member-cut = { $name } ne peut plus télécharger ni envoyer
nothing-amended = rien ne serait changé
nothing-amended-hint = dites ce qui doit changer, par exemple --until 2027-06-30
nothing-proposed = rien n’est proposé
amendment-proposed = proposé et signé ; compte quand les autres ont signé avec quitus engagement accept
amendment-accepted = signé ; compte quand tous l’ont fait
amendment-in-force = les règles sont en vigueur
statement-not-a-partys = une attestation est arrivée qu’aucune partie de la mission n’a signée ; elle a été ignorée
engagement-line = { $title }  { $contract }  { $state }, jusqu’au { $ends }
engagement-listed = { $id }  { $title }  { $contract }, jusqu’au { $ends }
engagement-frozen-by = gelée par { $name } à { $at }
engagement-state-proposed = proposée
engagement-state-active = active
engagement-state-frozen = gelée
engagement-state-ended = terminée
standing-joined = n’a pas encore accepté
standing-joined-anew = doit accepter les règles en vigueur
standing-agreed = a signé, attend la confirmation
standing-engaged = engagé
standing-idle = désactivé, pas utilisé depuis trop longtemps
standing-cut = accès retiré
member-line = { $name }  { $standing }, dernier usage { $used }
engaged-line = { $id }  de { $sender }, { SIZE($bytes) }, reçu { $n ->
        [one] une fois
       *[other] { $n } fois
    }, jusqu’au { $expires }
rules-proposed = d’autres règles sont proposées : quitus engagement accept les affiche et les signe
due-end = la mission prend fin le { $at }
due-idle = l’accès de { $name } prend fin faute d’usage le { $at }
due-review = personne n’a revu les accès depuis { $since }
alert-line = inhabituel : { $reason } : { $name } depuis { $address } à { $at }
alert-new-address = une nouvelle adresse
alert-elsewhere = une adresse hors des réseaux habituels
alert-many-downloads = beaucoup de téléchargements en peu de temps
alert-many-failures = beaucoup de refus en peu de temps
alert-off-hours = hors des heures de travail
alert-left = fin de son propre accès
frozen = gelée depuis { $at } : personne ne peut télécharger ni envoyer ; l’autre partie en est informée
thawed = la mission reprend
returned = vous avez signé ce que vous avez restitué
return-late = votre accès à la mission a pris fin : ce que vous restituez va au client hors d’elle, et est signé en elle
return-by-client = seul un prestataire restitue
engaged-to-whom = le destinataire n’est pas clair
engaged-to-whom-hint = nommez les destinataires avec --to
help-engagement-invite-engagement = La mission : son titre, son contrat ou le début de son identifiant
help-engagement-invite-passphrase-file = Prendre la phrase de passe de votre identité à la première ligne de ce fichier
help-engagement-invite-ca-file = Ne faire confiance qu’aux autorités de ce fichier PEM pour le certificat du relais
help-engagement-confirm-engagement = La mission : son titre, son contrat ou le début de son identifiant
help-engagement-confirm-passphrase-file = Prendre la phrase de passe de votre identité à la première ligne de ce fichier
help-engagement-confirm-ca-file = Ne faire confiance qu’aux autorités de ce fichier PEM pour le certificat du relais
help-engagement-amend-engagement = La mission : son titre, son contrat ou le début de son identifiant
help-engagement-amend-passphrase-file = Prendre la phrase de passe de votre identité à la première ligne de ce fichier
help-engagement-amend-ca-file = Ne faire confiance qu’aux autorités de ce fichier PEM pour le certificat du relais
help-engagement-accept-engagement = La mission : son titre, son contrat ou le début de son identifiant
help-engagement-accept-passphrase-file = Prendre la phrase de passe de votre identité à la première ligne de ce fichier
help-engagement-accept-ca-file = Ne faire confiance qu’aux autorités de ce fichier PEM pour le certificat du relais
help-engagement-admit-engagement = La mission : son titre, son contrat ou le début de son identifiant
help-engagement-admit-passphrase-file = Prendre la phrase de passe de votre identité à la première ligne de ce fichier
help-engagement-admit-ca-file = Ne faire confiance qu’aux autorités de ce fichier PEM pour le certificat du relais
help-engagement-cut-engagement = La mission : son titre, son contrat ou le début de son identifiant
help-engagement-cut-passphrase-file = Prendre la phrase de passe de votre identité à la première ligne de ce fichier
help-engagement-cut-ca-file = Ne faire confiance qu’aux autorités de ce fichier PEM pour le certificat du relais
help-engagement-status-engagement = La mission : son titre, son contrat ou le début de son identifiant
help-engagement-status-passphrase-file = Prendre la phrase de passe de votre identité à la première ligne de ce fichier
help-engagement-status-ca-file = Ne faire confiance qu’aux autorités de ce fichier PEM pour le certificat du relais
help-freeze-engagement = La mission : son titre, son contrat ou le début de son identifiant
help-freeze-passphrase-file = Prendre la phrase de passe de votre identité à la première ligne de ce fichier
help-freeze-ca-file = Ne faire confiance qu’aux autorités de ce fichier PEM pour le certificat du relais
help-thaw-engagement = La mission : son titre, son contrat ou le début de son identifiant
help-thaw-passphrase-file = Prendre la phrase de passe de votre identité à la première ligne de ce fichier
help-thaw-ca-file = Ne faire confiance qu’aux autorités de ce fichier PEM pour le certificat du relais
help-engagement-invite-name = Le prestataire
help-engagement-admit-name = Le prestataire
help-engagement-cut-name = Le prestataire
help-engagement-confirm-name = Le prestataire (par défaut tous ceux qui ont signé)
value-month = MOIS
help-review = Revoir qui a accès ; garder ou retirer chacun, et le signer
help-review-month = Le mois concerné, par exemple 2026-11 (par défaut le mois courant)
help-review-cut = Retirer son accès à ce prestataire ; peut être répété
help-review-keep-all = Tous les autres gardent leur accès, sans question
help-offboard = Terminer une mission étape par étape ; relancez jusqu’à ce que rien n’attende
help-offboard-more =
    Tous les accès sont retirés et tous les transferts détruits sur le relais
    aussitôt. La liste dit ce qui est fait et qui doit faire le reste.
    Côté prestataire, seul son propre accès prend fin ; ce qu’il détient, il le
    restitue et le détruit lui-même.
help-offboard-dry-run = Afficher la liste sans rien faire
help-offboard-yes = Terminer sans saisir le titre
help-offboard-credentials-changed = Signer que vous avez changé les secrets transmis
help-offboard-reserve = Signer la fin bien que quelque chose manque, avec cette réserve
help-offboard-output = Dossier où écrire le journal des accès (par défaut le dossier courant)
review-by-client = seul le client revoit qui a accès
review-member = { $name } : vu la dernière fois { $seen }, depuis { $address }
review-live = transferts disponibles : { $n }, dont jamais récupérés : { $never }
ask-keep = { $name } garde-t-il son accès ? (oui/non)
reviewed = vous avez signé la revue
ask-offboard = Ceci termine la mission définitivement. Saisissez son titre, { $title }
offboard-not-confirmed = ce n’est pas son titre : rien n’a été fait
offboarded = la mission est close : rien n’attend
offboard-waits = quelque chose attend quelqu’un
offboard-waits-hint = relancez quand chacun aura fait sa part ; --reserve signe la fin sans attendre
access-log-exported = le journal des accès est dans { $path }
check-line = { $state } { $line }
check-done = [fait]
check-open = [attend]
check-waits = { $line } ; attend { $name }
check-waits-since = { $line } ; attend { $name } depuis { $since }
check-agreed = { $name } a signé les règles
check-confirmed = ce que { $name } a signé est confirmé
check-amended = les règles proposées sont signées
check-access = tous les accès retirés
check-transfers = transferts restant sur le relais : { $n }
check-instructed = instruction signée
check-credentials = secrets changés : { $names }
check-no-credentials = aucun secret n’a été transmis
check-holder = { $name } a attesté le sort des données
check-holder-incomplete = { $name } a attesté qu’il en reste
check-returned = { $name } a restitué, et c’est reçu
check-nothing = rien n’a été remis à { $name }
check-access-log = journal des accès exporté
check-acknowledged = fin reconnue
ask-leave = Ceci met fin à votre accès à la mission. Saisissez son titre, { $title }
dossier-is-the-clients = toutes les attestations de cette mission ne vous sont pas remises ; le dossier du client les a toutes : demandez-le
export-waits = le relais n’a pas encore signé ce qu’il a remis du journal des accès
help-review-engagement = La mission : son titre, son contrat ou le début de son identifiant
help-review-passphrase-file = Prendre la phrase de passe de votre identité à la première ligne de ce fichier
help-review-ca-file = Ne faire confiance qu’aux autorités de ce fichier PEM pour le certificat du relais
help-offboard-engagement = La mission : son titre, son contrat ou le début de son identifiant
help-offboard-passphrase-file = Prendre la phrase de passe de votre identité à la première ligne de ce fichier
help-offboard-ca-file = Ne faire confiance qu’aux autorités de ce fichier PEM pour le certificat du relais
statement-waits = l’attestation est gardée ici ; elle partira à la prochaine visite du relais
help-dossier-build-engagement = La mission, au lieu d’un transfert : son titre, son contrat, ou le début de son identifiant
